import { assert, describe, it } from "@effect/vitest"
import { type FeatureEngine, featureEngine, featureProperties, modelOf } from "@slipway/core/testing"
import { build, type Plugin } from "esbuild"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, beforeAll } from "vitest"
import { type FeatureMutant, featureMutants } from "./fixtures/FeatureMutants.ts"

const core = join(dirname(import.meta.dirname), "packages/core")
const effort = { walks: 200, situations: 200, stride: 101 }

let folder = ""
beforeAll(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "slipway-mutants-"))
  // What the engine imports is found as from core itself.
  fs.symlinkSync(join(core, "node_modules"), join(folder, "node_modules"))
})
afterAll(() => {
  fs.rmSync(folder, { recursive: true, force: true })
})

/** The text with the changes of a mutant, each of which must fit exactly once. */
const mutated = (text: string, { changes, fault }: Pick<FeatureMutant, "changes" | "fault">): string =>
  changes.reduce((before, [from, to]) => {
    assert.strictEqual(
      before.split(from).length,
      2,
      `to try what happens when ${fault}, this must be there once: ${from}`
    )
    return before.replace(from, () => to)
  }, text)

const withFault = (mutant: FeatureMutant): Plugin => ({
  name: "fault",
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      if (path !== join(core, "src/feature", mutant.file)) return null
      return { loader: "ts", contents: mutated(fs.readFileSync(path, "utf8"), mutant) }
    })
  }
})

/** Core's engine of features, bundled with a fault. */
const engineWith = async (mutant: FeatureMutant, index: number): Promise<FeatureEngine> => {
  const outfile = join(folder, `mutant-${index}.mjs`)
  await build({
    entryPoints: [join(core, "src/testing/FeatureEngine.ts")],
    bundle: true,
    outfile,
    format: "esm",
    packages: "external",
    logLevel: "silent",
    plugins: [withFault(mutant)]
  })
  const module: { readonly featureEngine: FeatureEngine } = await import(pathToFileURL(outfile).href)
  return module.featureEngine
}

const propertyCalled = (name: string) => {
  const property = featureProperties.find((candidate) => candidate.name === name)
  return property ?? assert.fail(`there is no property: ${name}`)
}

describe("a property notices when", () => {
  for (const [index, mutant] of featureMutants.entries()) {
    it(`${mutant.fault}: ${mutant.breaks}`, async () => {
      const broken = modelOf(await engineWith(mutant, index), effort).counterexample(propertyCalled(mutant.breaks))
      assert.isNotNull(broken, "no property noticed")
    })
  }
})

describe("without a fault", () => {
  const model = modelOf(featureEngine, effort)
  for (const property of featureProperties) {
    it(`${property.name}`, () => {
      assert.isNull(model.counterexample(property))
    })
  }
})

it("every property can fail", () => {
  const broken = new Set(featureMutants.map(({ breaks }) => breaks))
  assert.deepStrictEqual(featureProperties.map(({ name }) => name).filter((name) => !broken.has(name)), [])
})
