import { assert, describe, it } from "@effect/vitest"
import { build } from "esbuild"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

const root = dirname(import.meta.dirname)

const run = (program: string, args: ReadonlyArray<string>, cwd: string) => {
  const { status, stderr, stdout } = spawnSync(program, args, { cwd, encoding: "utf8" })
  return { status, output: `${stdout}${stderr}` }
}

const inTemporaryFolder = <A>(use: (folder: string) => A): A => {
  const folder = fs.mkdtempSync(join(tmpdir(), "slipway-house-"))
  try {
    return use(folder)
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

const write = (folder: string, files: Readonly<Record<string, string>>) => {
  for (const [path, text] of Object.entries(files)) {
    fs.mkdirSync(dirname(join(folder, path)), { recursive: true })
    fs.writeFileSync(join(folder, path), text)
  }
}

/** The rules that fire on files in their places, as `path: rule`. */
const lint = (files: Readonly<Record<string, string>>): ReadonlyArray<string> =>
  inTemporaryFolder((folder) => {
    write(folder, { ...files, ".oxlintrc.json": fs.readFileSync(join(root, ".oxlintrc.json"), "utf8") })
    const { output } = run(join(root, "node_modules/.bin/oxlint"), ["-f", "unix"], folder)
    return [...output.matchAll(/^(\S+?):\d+:\d+: .*\[Error\/(?:[\w-]+\()?([\w-]+)\)?\]$/gmu)]
      .map(([, path, rule]) => `${path}: ${rule}`)
  })

const importing = (specifier: string) => `export { something } from "${specifier}"\n`

describe("the linter keeps the architecture", () => {
  const forbidden: ReadonlyArray<readonly [where: string, specifier: string]> = [
    ["packages/core/src/operation/X.ts", "../project/InfraConfig.ts"],
    ["packages/core/src/operation/X.ts", "node:fs"],
    ["packages/core/src/operation/X.ts", "fs/promises"],
    ["packages/core/src/operation/X.ts", "dockerode"],
    ["packages/core/src/operation/X.ts", "@effect/platform-node"],
    ["packages/core/src/operation/X.ts", "@slipway/node-adapters"],
    ["packages/core/src/operation/X.ts", "effect/process"],
    ["packages/core/src/operation/X.ts", "./index.ts"],
    ["packages/core/src/project/X.ts", "../worktree/Git.ts"],
    ["packages/core/src/worktree/X.ts", "../slot/Slot.ts"],
    ["packages/core/src/slot/X.ts", "../worktree/Git.ts"],
    ["packages/core/src/slot/X.ts", "../sandbox/Sandboxes.ts"],
    ["packages/core/src/sandbox/X.ts", "../feature/Features.ts"],
    ["packages/core/src/sandbox/X.ts", "../testing/MemoryGit.ts"],
    ["packages/core/src/feature/X.ts", "../sandbox/Containers.ts"],
    ["packages/core/src/batch/X.ts", "../sandbox/Containers.ts"],
    ["packages/core/src/batch/record/X.ts", "../../sandbox/Sandboxes.ts"],
    ["packages/core/src/batch/record/X.ts", "../../feature/Features.ts"],
    ["packages/core/src/batch/record/X.ts", "node:fs"],
    ["packages/core/src/testing/X.ts", "node:fs"],
    ["packages/node-adapters/src/git/X.ts", "@slipway/cli"],
    ["packages/node-adapters/src/git/X.ts", "@slipway/core/testing"],
    ["packages/node-adapters/src/git/X.ts", "../index.ts"],
    ["packages/cli/src/X.ts", "dockerode"],
    ["packages/cli/src/X.ts", "@slipway/core/testing"],
    ["examples/x.ts", "@slipway/cli"]
  ]
  for (const [where, specifier] of forbidden) {
    it(`${where} may not import ${specifier}`, () => {
      assert.include(lint({ [where]: importing(specifier) }), `${where}: no-restricted-imports`)
    })
  }

  const allowed: ReadonlyArray<readonly [where: string, specifier: string]> = [
    ["packages/core/src/operation/X.ts", "./Journal.ts"],
    ["packages/core/src/operation/X.ts", "effect"],
    ["packages/core/src/operation/X.test.ts", "../testing/MemoryJournal.ts"],
    ["packages/core/src/project/X.ts", "smol-toml"],
    ["packages/core/src/sandbox/X.ts", "../worktree/Git.ts"],
    ["packages/core/src/sandbox/X.ts", "../slot/Slot.ts"],
    ["packages/core/src/sandbox/X.ts", "yaml"],
    ["packages/core/src/feature/X.ts", "../sandbox/Sandboxes.ts"],
    ["packages/core/src/batch/record/X.ts", "../source/BatchProblem.ts"],
    ["packages/core/src/batch/record/X.ts", "../../operation/Host.ts"],
    ["packages/core/src/testing/X.ts", "@effect/vitest"],
    ["packages/node-adapters/src/git/X.ts", "@slipway/core"],
    ["packages/node-adapters/src/git/X.ts", "node:fs"],
    ["packages/node-adapters/src/git/X.test.ts", "@slipway/core/testing"],
    ["packages/cli/src/X.ts", "@slipway/node-adapters"]
  ]
  it("what the architecture allows is allowed", () => {
    const files = Object.fromEntries(
      allowed.map(([where, specifier], index) => [
        where.replace("/X.", `/X${index}.`),
        importing(specifier)
      ])
    )
    assert.deepStrictEqual(lint(files), [])
  })

  it("cycles, default exports and any are refused", () => {
    const fired = lint({
      "packages/core/src/slot/A.ts": "import { b } from \"./B.ts\"\nexport const a = () => b\n",
      "packages/core/src/slot/B.ts": "import { a } from \"./A.ts\"\nexport const b = () => a\n",
      "packages/core/src/slot/C.ts": "export default 1\n",
      "packages/core/src/slot/D.ts": "export type D = any\n"
    })
    assert.include(fired, "packages/core/src/slot/A.ts: no-cycle")
    assert.include(fired, "packages/core/src/slot/C.ts: no-default-export")
    assert.include(fired, "packages/core/src/slot/D.ts: no-explicit-any")
  })
})

describe("the compiler", () => {
  it("knows Effect's diagnostics", () => {
    assert.include(run(join(root, "node_modules/.bin/tsc"), ["--version"], root).output, "effect-tsgo")
  })

  it("refuses the clock, randomness and Node in core, and effects that float", () => {
    const output = inTemporaryFolder((folder) => {
      write(folder, {
        "src/X.ts": [
          "import { Effect } from \"effect\"",
          "import { readFileSync } from \"node:fs\"",
          "export const x = () => [Date.now(), Math.random(), readFileSync(\"x\")]",
          "export const program = Effect.gen(function*() {",
          "  Effect.log(\"never runs\")",
          "  yield* Effect.void",
          "})",
          ""
        ].join("\n"),
        "tsconfig.json": JSON.stringify({
          extends: join(root, "packages/core/tsconfig.json"),
          compilerOptions: { rootDir: "src", outDir: "dist" },
          include: ["src"]
        })
      })
      fs.symlinkSync(join(root, "packages/core/node_modules"), join(folder, "node_modules"))
      return run(join(root, "node_modules/.bin/tsc"), ["-p", folder], root).output
    })
    for (const rule of ["nodeBuiltinImport", "globalDate", "globalRandom", "floatingEffect"]) {
      assert.include(output, `effect(${rule})`)
    }
  })
})

describe("the Promise client's declarations", () => {
  const faults = (files: Readonly<Record<string, string>>) =>
    inTemporaryFolder((folder) => {
      write(folder, files)
      const script = join(root, "scripts/check-public-types.mjs")
      return run(process.execPath, [script, join(folder, "Client.d.ts")], folder)
    })

  it("may not reach a type of Effect, in any form of import", () => {
    const forms = [
      "import type { Effect } from \"effect\"",
      "import {\n  type Effect,\n  Layer\n} from \"effect\"",
      "export * from \"effect/Schema\"",
      "export declare const x: import(\"effect\").Effect.Effect<number>",
      "import * as core from \"@slipway/core\""
    ]
    for (const form of forms) {
      const { output, status } = faults({ "Client.d.ts": "export * from \"./Part.ts\"\n", "Part.d.ts": `${form};\n` })
      assert.strictEqual(status, 1, form)
      assert.include(output, "Part.d.ts: imports", form)
    }
  })

  it("may import Node's modules and its own plain parts, and speak of Effect in comments", () => {
    const { output, status } = faults({
      "Client.d.ts":
        "// import { Effect } from \"effect\"\nimport type { A } from \"./Part.ts\";\nexport type B = A;\n",
      "Part.d.ts": "import type { Readable } from \"node:stream\";\nexport type A = Readable;\n"
    })
    assert.strictEqual(status, 0, output)
  })
})

describe("@slipway/core in a browser", () => {
  it("bundles without Node", async () => {
    const { outputFiles } = await build({
      stdin: { contents: "export * from \"@slipway/core\"", resolveDir: import.meta.dirname },
      bundle: true,
      write: false,
      format: "esm",
      platform: "browser",
      logLevel: "silent"
    })
    const [bundle] = outputFiles
    assert.include(bundle?.text, "hostPort")
    assert.notMatch(bundle?.text ?? "", /\bfrom\s*"node:|\brequire\("node:/u)
  })
})
