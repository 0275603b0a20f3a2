import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { engineRemains, skipsEngine } from "./fixtures/CommandLine.ts"

const demo = join(import.meta.dirname, "../scripts/demo.mjs")

const runDemo = (variables: Readonly<Record<string, string>>): string => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [demo], {
    encoding: "utf8",
    env: { ...process.env, ...variables }
  })
  assert.strictEqual(status, 0, stdout + stderr)
  assert.include(stdout, "done: nothing of it is left")
  return stdout
}

describe("the demo", () => {
  it("does everything but the containers where no engine answers, and says so", () => {
    const told = runDemo({ DOCKER_HOST: "unix:///nowhere/engine.sock" })
    assert.include(told, "no containers in this run: no Docker engine answers")
    assert.include(told, "$ slipway impl search/M1")
    assert.notInclude(told, "http://localhost")
  })

  it.skipIf(skipsEngine)("takes two features through their life on a real engine", () => {
    const told = runDemo({})
    assert.include(told, "checkout was here")
    assert.deepStrictEqual(engineRemains("slipway-demo"), [])
  })
})
