import { assert, describe, it } from "@effect/vitest"
import type * as Core from "@slipway/core"
import { build } from "esbuild"
import { gzipSync } from "node:zlib"

const bundled = async (contents: string): Promise<string> => {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    minify: true,
    treeShaking: true,
    logLevel: "silent"
  })
  return outputFiles[0]?.text ?? ""
}

const kilobytes = (text: string): number => gzipSync(text).length / 1000

describe("the classifier alone in a browser", () => {
  it("is a small bundle without Node, and answers there", async () => {
    const bundle = await bundled("export { nextAction, phaseOf, explainNext, foldFeature } from \"@slipway/core\"")
    assert.notMatch(bundle, /\bfrom\s*"node:|\brequire\("|process\.|Buffer\b/u)
    assert.isBelow(kilobytes(bundle), 8, "kilobytes, minified and gzipped: it goes without Effect")
    const module: Pick<typeof Core, "foldFeature" | "nextAction"> = await import(
      `data:text/javascript;base64,${Buffer.from(bundle).toString("base64")}`
    )
    assert.deepStrictEqual(module.foldFeature([]).tasks, new Map())
    assert.isFunction(module.nextAction)
  })
})
