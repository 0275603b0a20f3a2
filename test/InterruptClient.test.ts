import { connect, type ProgressEvent, type Slipway, SlipwayError } from "@slipway/node-adapters"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { clearEngine, engineRemains, skipsEngine } from "./fixtures/CommandLine.ts"
import { openEngineProxy } from "./fixtures/EngineProxy.ts"
import { type FakeEngine, startFakeEngine } from "./fixtures/FakeEngine.ts"
import { cleanVariables, makeSampleProject, type SampleProject } from "./fixtures/SampleProject.ts"
import { assertUndone, newestRecord, slotFoldersOf, slotsOf } from "./fixtures/Signalled.ts"

/** The failure of a call that must not succeed. */
const failureOf = async (call: Promise<unknown>): Promise<SlipwayError> => {
  try {
    await call
  } catch (error) {
    if (error instanceof SlipwayError) return error
    throw error
  }
  throw new Error("the call should have been interrupted")
}

const assertInterrupted = (error: SlipwayError): void => {
  assert.deepInclude({ code: error.code, exitCode: error.exitCode }, { code: "interrupted", exitCode: 130 })
}

describe.skipIf(skipsEngine)("a client whose calls are aborted, on a real engine", () => {
  let project: SampleProject
  let client: Slipway
  beforeAll(async () => {
    project = await makeSampleProject()
    client = await connect({
      cwd: project.root,
      env: { ...cleanVariables(), GIT_CONFIG_GLOBAL: "/dev/null" },
      home: project.home
    })
  })
  afterAll(async () => {
    await client.close()
    clearEngine(project.name)
    project.remove()
  })

  /** Calls `impl` and aborts it at its event number `at`; gives how far it came, and whether it was too late. */
  const abortAt = async (at: number) => {
    const controller = new AbortController()
    const events: Array<ProgressEvent> = []
    const call = client.impl("auth/M1", {
      signal: controller.signal,
      onProgress: (event) => {
        if (event.type === "note" || controller.signal.aborted) return
        events.push(event)
        if (events.length === at) controller.abort()
      }
    })
    return { call, events, aborted: () => controller.signal.aborted }
  }

  it("rejects a call whose signal is aborted before, or at once, and does nothing", async () => {
    const error = await failureOf(client.impl("auth/M1", { signal: AbortSignal.abort() }))
    assertInterrupted(error)
    assert.deepStrictEqual(newestRecord(project, "impl"), [])

    const controller = new AbortController()
    const call = client.impl("auth/M1", { signal: controller.signal })
    controller.abort()
    assertInterrupted(await failureOf(call))
    assert.deepStrictEqual(newestRecord(project, "impl"), [])
    await assertUndone(project)
  })

  it("undoes everything at every event of impl, and can be used again", { timeout: 300_000 }, async () => {
    const seen: Array<string> = []
    let at = 1
    for (;; at++) {
      const { aborted, call, events } = await abortAt(at)
      const error = await call.then(() => null, (reason: unknown) => reason)
      const last = events.at(-1)
      const where = `${last?.type} ${last?.step}`
      if (!aborted() || last?.type === "operation-finished") {
        assert.include(String(error), "when all was done already, and is kept")
        break
      }
      seen.push(where)
      if (!(error instanceof SlipwayError)) throw new Error(`not interrupted at ${where}`, { cause: error })
      assertInterrupted(error)
      assert.include(error.message, "what it had made was undone", where)
      assert.deepStrictEqual(engineRemains(project.name), [], where)
      assert.deepStrictEqual(slotsOf(project), {}, where)
      assert.deepStrictEqual(slotFoldersOf(project), [], where)
      assert.isFalse(existsSync(project.worktree("impl-auth-M1")), where)
      assert.strictEqual(project.git("branch", "--list", "impl/*").trim(), "", where)
      assert.deepInclude(newestRecord(project, "impl").at(-1), { _tag: "OperationFinished", status: "interrupted" })
      assert.deepStrictEqual((await client.doctor()).findings, [], where)
    }
    for (
      const step of ["fetch", "claim-slot", "add-worktree", "write-slot-folder", "start-containers", "check-health"]
    ) {
      assert.include(seen, `step-started ${step}`)
      assert.include(seen, `step-succeeded ${step}`)
    }
    const { state } = await client.status("auth-M1")
    assert.strictEqual(state, "running")
    await client.done("auth-M1")
    await assertUndone(project)
  })

  it("takes down also a sandbox that was just marked running", async () => {
    const proxy = await openEngineProxy(join(project.folder, "proxy.sock"))
    const proxied = await connect({
      cwd: project.root,
      env: { ...cleanVariables(), GIT_CONFIG_GLOBAL: "/dev/null", ...proxy.variables },
      home: project.home
    })
    try {
      const controller = new AbortController()
      let status: unknown
      const error = await failureOf(proxied.impl("auth/M1", {
        signal: controller.signal,
        onProgress: ({ step, type }) => {
          if (type !== "step-succeeded" || step !== "check-health") return
          proxy.holdAt(/GET \S*\/containers\/json/u, () => {
            status = Object.values(slotsOf(project))[0]?.status
            controller.abort()
          })
        }
      }))
      assert.strictEqual(status, "running")
      assertInterrupted(error)
      await assertUndone(project)
    } finally {
      await proxied.close()
      proxy.cut()
    }
  })

  it("names what it keeps when somebody has worked in the worktree meanwhile", async () => {
    const controller = new AbortController()
    const notes = join(project.worktree("impl-auth-M1"), "notes.txt")
    const error = await failureOf(client.impl("auth/M1", {
      signal: controller.signal,
      onProgress: ({ step, type }) => {
        if (type !== "step-started" || step !== "start-containers") return
        writeFileSync(notes, "work\n")
        controller.abort()
      }
    }))
    assertInterrupted(error)
    assert.include(error.message, "not all that it had made could be undone")
    assert.include(error.message, "notes.txt")
    assert.strictEqual(readFileSync(notes, "utf8"), "work\n")
    assert.deepStrictEqual(slotsOf(project), {})
    const refused = await failureOf(client.done("auth-M1"))
    assert.strictEqual(refused.code, "work-would-be-lost")
    await client.done("auth-M1", { force: true })
    await assertUndone(project)
  })
})

describe.skipIf(skipsEngine)("a client whose done is aborted, on an engine that says yes", () => {
  let project: SampleProject
  let engine: FakeEngine
  let client: Slipway
  beforeAll(async () => {
    project = await makeSampleProject({ health: false })
    engine = await startFakeEngine(project.folder)
    client = await connect({
      cwd: project.root,
      env: { ...cleanVariables(), GIT_CONFIG_GLOBAL: "/dev/null", ...engine.variables },
      home: project.home
    })
  })
  afterAll(async () => {
    await client.close()
    await engine.close()
    project.remove()
  })

  it("loses nothing at any event, and a second done finishes it", { timeout: 300_000 }, async () => {
    let at = 1
    for (;; at++) {
      if (!existsSync(project.worktree("impl-auth-M1"))) await client.impl("auth/M1")
      const controller = new AbortController()
      let seen = 0
      const error = await client.done("auth-M1", {
        signal: controller.signal,
        onProgress: ({ type }) => {
          if (type === "note") return
          seen++
          if (seen === at) controller.abort()
        }
      }).then(() => null, (reason: unknown) => reason)
      if (error === null) break
      if (!(error instanceof SlipwayError)) throw error
      assertInterrupted(error)
      const left = existsSync(project.worktree("impl-auth-M1")) ||
        project.git("branch", "--list", "impl/*").trim() !== ""
      if (left) await client.done("auth-M1")
      await assertUndone(project)
    }
    assert.isAbove(at, 6)
    await assertUndone(project)
  })
})
