import { readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { unmarked } from "./fixtures/FeatureProject.ts"
import { commitFile, type FeatureRuns, featuresOf, makeLifecycleProject, tracesOf } from "./fixtures/FeatureRuns.ts"
import type { SampleProject } from "./fixtures/SampleProject.ts"
import { gated, newestRecord, processesOf, startCommand } from "./fixtures/Signalled.ts"

describe("a signal while a program of the project runs", () => {
  let project: SampleProject
  let features: FeatureRuns
  let program: ReturnType<typeof gated>
  beforeEach(async () => {
    project = await makeLifecycleProject(`[[lifecycle.gates]]
name = "quick"
command = ["true"]

[[lifecycle.gates]]
name = "slow"
command = ["../gated.sh"]

[lifecycle.deploy]
command = ["../gated.sh"]
`)
    features = featuresOf(project)
    program = gated(project, "echo done")
    commitFile(project.root, ".gitignore", ".ai/projects/\n")
  })
  afterEach(() => project.remove())

  /** Runs a command until its program runs, and sends it a signal; gives how it ended. */
  const interrupt = async (args: ReadonlyArray<string>, signal: "SIGINT" | "SIGTERM") => {
    rmSync(join(project.folder, "reached"), { force: true })
    const running = startCommand(project, ["feature", ...args], unmarked)
    await running.until("its program runs", program.reached)
    if (signal === "SIGINT") running.signalGroup(signal)
    else running.signal(signal)
    const ended = await running.ended
    assert.deepStrictEqual(processesOf(project.home), [])
    return ended
  }

  const tags = () => features.lines("auth").map(({ event }) => event._tag)

  it("stops the gate, and records of the gates only what ran to its end", async () => {
    await features.implement("auth")
    const before = tags()
    const ended = await interrupt(["gates", "auth"], "SIGINT")
    assert.deepStrictEqual([ended.code, ended.stdout], [130, ""], ended.stderr)
    assert.notMatch(ended.stderr, /\n\s+at /u)
    const after = features.lines("auth").slice(before.length)
    assert.deepStrictEqual(after.map(({ event }) => [event._tag, event["gate"], event["passed"]]), [
      ["GateRan", "quick", true]
    ])
    assert.notInclude(newestRecord(project, "feature-gates").map(({ status }) => status), "succeeded")
    const next = await features.ok(["next", "auth"])
    assert.deepStrictEqual([next.action, next.gates.map(String).length], ["run-gates", 1])
    const kept = tracesOf(project)
    const again = await interrupt(["gates", "auth"], "SIGTERM")
    assert.strictEqual(again.code, 143)
    assert.deepStrictEqual(tracesOf(project), kept)
    program.open()
    await features.ok(["gates", "auth"])
    await features.sound("auth")
  })

  it("stops the deployment, which nobody takes for one", async () => {
    const head = (ref: string) => project.git("rev-parse", ref).trim()
    await features.implement("auth")
    program.open()
    await features.ok(["gates", "auth"])
    await features.approve("auth")
    await features.ok(["merge", "auth"])
    const merged = head("main")
    gated(project, "echo done")
    const before = tracesOf(project)
    const ended = await interrupt(["deploy", "auth", "--json"], "SIGINT")
    assert.strictEqual(ended.code, 130, ended.stdout + ended.stderr)
    assert.strictEqual(JSON.parse(ended.stdout).error.code, "interrupted")
    assert.deepStrictEqual(tracesOf(project), before)
    assert.deepStrictEqual([(await features.ok(["next", "auth"])).action, head("main")], ["deploy", merged])
    program.open()
    assert.isTrue((await features.ok(["deploy", "auth"])).succeeded)
    assert.strictEqual((await features.ok(["next", "auth"])).action, "done")
    const output = features.lines("auth").at(-1)?.event["output"]
    assert.strictEqual(readFileSync(join(project.root, String(output?.path)), "utf8"), "done\n")
  })
})
