import { execFileSync, spawn } from "node:child_process"
import { appendFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { assertExit, batchOf, type BatchProject, makeBatchProject, textAt } from "./fixtures/BatchProject.ts"
import { bundle } from "./fixtures/CommandLine.ts"
import { cleanVariables } from "./fixtures/SampleProject.ts"
import { processesOf, startCommand } from "./fixtures/Signalled.ts"
import { until } from "./fixtures/Until.ts"

const run = "told-run"

describe("the logs of a run", () => {
  let project: BatchProject

  beforeEach(() => {
    project = makeBatchProject({ "myorg/service-a": ["main"], "myorg/service-b": ["main"] })
  })

  afterEach(() => project.remove())

  const log = (index: number) => textAt(join(project.home, "batch/runs", run, `tasks/${index}/attempt-1/log`)) ?? ""

  /** Agents that wait for a line of the file `say` for each of their pieces, and end at the end of the test. */
  const begin = async (line: string) => {
    project.write("batch.yaml", batchOf("told", line, ["service-a", "service-b"]))
    const command = startCommand(project.sample, ["batch", "run", "-f", "batch.yaml", "--host", project.host])
    await command.until("two agents work", () => [0, 1].every((index) => log(index).includes("working")))
    return command
  }

  const release = (name: string) => appendFileSync(join(project.folder, name), "")

  const waitFor = (name: string) => `until [ -e ${join(project.folder, name)} ]; do sleep 0.05; done`

  it("are followed from elsewhere through silence, letter by letter, until the attempt ends", async () => {
    const command = await begin(`case $TASK_NAME in
*-0) printf 'working\\nh\\303'; ${waitFor("on")}; printf '\\251!\\n'; ${waitFor("end")}; printf 'the end \\342\\202';;
*) echo working; ${waitFor("rest")};;
esac`)
    const follower = startCommand(project.sample, ["batch", "logs", run, "0", "--follow"])
    const all = startCommand(project.sample, ["batch", "logs", run, "-f"])
    await follower.until("it shows the beginning", () => follower.stdout().includes("working\nh"))
    await all.until("it shows all", () => [0, 1].every((index) => all.stdout().includes(`${run}-task-${index}`)))
    assert.notInclude(follower.stdout(), "!")
    release("on")
    await follower.until("the letter is whole", () => follower.stdout().includes("hé!\n"))
    assert.notInclude(follower.stdout(), "\uFFFD")
    release("end")
    const followed = await follower.ended
    assertExit(followed, 0)
    assert.isTrue(followed.stdout.startsWith("working\nhé!\nthe end "), followed.stdout)
    // The run goes on, and so does who follows all of it.
    release("rest")
    assertExit(await command.ended, 0)
    const told = await all.ended
    assertExit(told, 0)
    for (const part of ["hé!", "the end"]) assert.include(told.stdout, part)
    const raw = execFileSync(process.execPath, [bundle, "batch", "logs", run, "0"], {
      cwd: project.root,
      env: { ...cleanVariables(), SLIPWAY_HOME: project.home }
    })
    assert.deepStrictEqual([...raw], [...Buffer.from("working\nhé!\nthe end "), 0xe2, 0x82])
  })

  it("are as long as who reads them wants them", async () => {
    project.write("batch.yaml", batchOf("told", "seq 1 200000", ["service-a"]))
    assertExit(await project.run(["batch", "run", "-f", "batch.yaml", "--host", project.host]), 0)
    for (const flags of ["", "--follow"]) {
      const piped = spawn("bash", [
        "-c",
        `set -o pipefail; "$0" "$1" batch logs ${run} 0 ${flags} 2>&1 | head -1; exit \${PIPESTATUS[0]}`,
        process.execPath,
        bundle
      ], {
        cwd: project.root,
        env: { ...cleanVariables(), SLIPWAY_HOME: project.home },
        stdio: ["ignore", "pipe", "pipe"]
      })
      let output = ""
      piped.stdout.setEncoding("utf8").on("data", (text: string) => {
        output += text
      })
      const code = await new Promise<number | null>((resolve) => piped.on("close", resolve))
      assert.deepStrictEqual([output, code], ["1\n", 0])
    }
    const { stdout } = await project.run(["batch", "logs", run, "0", "--tail", "2"])
    assert.strictEqual(stdout, "199999\n200000\n")
  })

  it("of events that nobody reads any more are no reason to lose anything: the run stops, and can go on", async () => {
    project.write("batch.yaml", batchOf("told", `echo working; ${waitFor("on")}`, ["service-a", "service-b"]))
    const line = ["batch", "run", "-f", "batch.yaml", "--host", project.host, "--events", "jsonl"]
    const child = spawn(process.execPath, [bundle, ...line], {
      cwd: project.root,
      env: { ...cleanVariables(), SLIPWAY_HOME: project.home },
      stdio: ["ignore", "pipe", "ignore"]
    })
    const code = new Promise<number | null>((resolve) => child.on("exit", resolve))
    await new Promise<void>((resolve) => child.stdout.once("data", () => resolve()))
    child.stdout.destroy()
    assert.strictEqual(await code, 130)
    await until("no process of it is left", () => processesOf(project.home).length === 0)
    release("on")
    const { envelope } = await project.json(["batch", "resume", run])
    assert.strictEqual(envelope.data.progress.completed, 2)
    assert.deepStrictEqual(project.workspaces(), [])
  })
})
