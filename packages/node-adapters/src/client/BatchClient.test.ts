import { assert, describe, it } from "@effect/vitest"
import { Batches, type BatchEvent, RunMissing } from "@slipway/core"
import { Cause, Effect, Exit, Stream } from "effect"
import { batchClient } from "./BatchClient.ts"
import type { CallOptions } from "./CallOptions.ts"
import { SlipwayError } from "./SlipwayClient.ts"

const at = "2026-11-21T05:00:00.000Z"
const started: BatchEvent = {
  _tag: "RunStarted",
  at,
  run: "update-x7k2p",
  namespace: "default",
  total: 0,
  reason: "run",
  warnings: []
}
const progress: BatchEvent = {
  _tag: "Progress",
  at,
  progress: { total: 0, pending: 0, running: 0, completed: 0, failed: 0 }
}

const report: Effect.Success<ReturnType<Batches["Service"]["status"]>> = {
  snapshot: {
    schema: "slipway/batch-run/v1",
    uid: "u1",
    name: "update-x7k2p",
    namespace: "default",
    kind: "BatchRun",
    batch: "update",
    labels: {},
    commonContext: [],
    variableContexts: [],
    policy: {
      maxParallel: 4,
      maxFailures: null,
      failFast: false,
      timeoutSeconds: null,
      taskTimeoutSeconds: null,
      retry: 0,
      ttlSecondsAfterFinished: null
    },
    suspend: false,
    cancel: false,
    runner: "process",
    agent: { workspaceConfig: null, image: "image", command: null, env: [] },
    publish: "never",
    hostTemplate: "https://github.com/{org}/{repo}.git",
    keepWorkspaces: false,
    specHash: "abc",
    createdAt: at,
    warnings: []
  },
  standing: { phase: "Succeeded", progress: progress.progress, tasks: [], conditions: [] },
  tasks: [],
  state: "finished",
  startTime: at,
  completionTime: at
}

/** A client over a service that does as much as a test needs. */
const client = (service: Partial<Batches["Service"]>) => {
  const call = async <A, E>(effect: Effect.Effect<A, E, Batches>, options: CallOptions = {}): Promise<A> => {
    const exit = await Effect.runPromiseExit(
      // A call takes from it what it needs, and dies when that is missing.
      Effect.provideService(effect, Batches, service as Batches["Service"]),
      options.signal === undefined ? {} : { signal: options.signal }
    )
    if (Exit.isSuccess(exit)) return exit.value
    if (Cause.hasInterruptsOnly(exit.cause)) {
      throw new SlipwayError({ code: "interrupted", message: "", hint: "", exitCode: 130 })
    }
    throw Cause.squash(exit.cause)
  }
  return batchClient("/code/shop", call)
}

/** A run that ends only when it is stopped, and what was stopped. */
const endless = () => {
  const stopped: Array<string> = []
  const { batch, stop } = client({
    run: () =>
      Stream.concat(
        Stream.make(started),
        Stream.fromEffect(Effect.onInterrupt(Effect.never, () => Effect.sync(() => stopped.push("agents"))))
      ),
    status: () => Effect.succeed(report)
  })
  return { batch, stop, stopped }
}

/** What a promise rejects with. */
const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(() => assert.fail("it did not reject"), (reason: unknown) => reason)

const collected = async <A>(items: AsyncIterable<A>): Promise<ReadonlyArray<A>> => {
  const all: Array<A> = []
  for await (const item of items) all.push(item)
  return all
}

const codeOf = (reason: unknown): string => reason instanceof SlipwayError ? reason.code : "none"

describe("slipway.batch.run", () => {
  it("gives its events, to each who listens, and how it ended", async () => {
    const requests: Array<unknown> = []
    const { batch } = client({
      run: (request, kind) => (requests.push([request, kind]), Stream.make(started, progress)),
      status: () => Effect.succeed(report)
    })
    const handle = batch.run({ files: ["update.yaml"] })
    const { exitCode, phase } = await handle.result
    assert.deepStrictEqual([exitCode, phase], [0, "Succeeded"])
    assert.deepStrictEqual(requests, [[{ directory: "/code/shop", files: ["update.yaml"] }, undefined]])
    for (let listener = 0; listener < 2; listener++) {
      const events = await collected(handle)
      assert.deepStrictEqual(events.map(({ event }) => event), ["run-started", "progress"])
    }
  })

  it("is stopped when a listener leaves early, which waits for it", async () => {
    const { batch, stopped } = endless()
    const handle = batch.run({ files: ["update.yaml"] })
    for await (const { event } of handle) {
      assert.strictEqual(event, "run-started")
      break
    }
    assert.deepStrictEqual(stopped, ["agents"])
    const reason = await rejection(handle.result)
    assert.strictEqual(codeOf(reason), "interrupted")
    assert.include(reason instanceof SlipwayError ? reason.hint : "", "resume(\"update-x7k2p\")")
  })

  it("is stopped by a signal, which listeners hear of", async () => {
    const { batch, stopped } = endless()
    const abort = new AbortController()
    const handle = batch.run({ files: ["update.yaml"] }, { signal: abort.signal })
    const listening = async () => {
      for await (const { event } of handle) if (event === "run-started") abort.abort()
    }
    assert.strictEqual(codeOf(await rejection(listening())), "interrupted")
    assert.deepStrictEqual(stopped, ["agents"])
  })

  it("is stopped when the client is closed, whether anybody listens or not", async () => {
    const { batch, stop, stopped } = endless()
    const iterator = batch.run({ files: ["update.yaml"] })[Symbol.asyncIterator]()
    await iterator.next()
    await stop()
    assert.deepStrictEqual(stopped, ["agents"])
  })

  it("rejects with what went wrong, once, however many listen", async () => {
    const { batch } = client({ resume: (run) => Stream.fail(new RunMissing({ run, meant: null })) })
    const handle = batch.resume("none")
    assert.instanceOf(await rejection(handle.result), RunMissing)
    assert.instanceOf(await rejection(collected(handle)), RunMissing)
  })
})

describe("a run that has ended", () => {
  it("is not taken for a stopped one when its last event is left, or it is aborted then", async () => {
    const finished: BatchEvent = { _tag: "RunFinished", at, run: "update-x7k2p", standing: report.standing, ms: 1 }
    const { batch } = client({
      run: () => Stream.concat(Stream.make(started, finished), Stream.fromEffect(Effect.never)),
      status: () => Effect.succeed(report)
    })
    const handle = batch.run({ files: ["update.yaml"] })
    for await (const { event } of handle) if (event === "run-finished") break
    assert.strictEqual((await handle.result).state, "finished")
  })
})

describe("slipway.batch.logs", () => {
  it("gives bytes as they are", async () => {
    const requests: Array<unknown> = []
    const { batch } = client({
      logs: (request) => (requests.push(request), Stream.make(new Uint8Array([0xe2, 0x82]), new Uint8Array([0x0a])))
    })
    const pieces = await collected(batch.logs({ name: "update-x7k2p", task: 3, tail: 5 }))
    assert.deepStrictEqual(pieces.flatMap((piece) => [...piece]), [0xe2, 0x82, 0x0a])
    assert.deepStrictEqual(requests, [{ name: "update-x7k2p", task: "3", tail: 5 }])
  })

  it("can be left while nothing is printed, and by closing the client", async () => {
    const silent = client({ logs: () => Stream.never })
    const follow = () => silent.batch.logs({ name: "update-x7k2p", task: 0, follow: true })[Symbol.asyncIterator]()
    const left = follow()
    const next = left.next()
    assert.deepStrictEqual(await left.return?.(), { done: true, value: undefined })
    assert.deepStrictEqual(await next, { done: true, value: undefined })
    const closed = rejection(follow().next())
    await silent.stop()
    assert.strictEqual(codeOf(await closed), "interrupted")
  })

  it("rejects with a SlipwayError when there is none, or when it is aborted", async () => {
    const missing = client({ logs: ({ name }) => Stream.fail(new RunMissing({ run: name, meant: null })) })
    const logs = missing.batch.logs({ name: "none", task: 0 })
    assert.strictEqual(codeOf(await rejection(collected(logs))), "run-missing")
    const silent = client({ logs: () => Stream.never })
    const signal = AbortSignal.abort()
    const following = silent.batch.logs({ name: "update-x7k2p", task: 0, follow: true, signal })
    assert.strictEqual(codeOf(await rejection(collected(following))), "interrupted")
  })
})
