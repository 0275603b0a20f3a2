import { BatchRunStore, type RunEvent, type RunSnapshot } from "@slipway/core"
import { Effect, Layer, type Scope, Stream } from "effect"
import { once } from "node:events"
import { fileBatchRunStoreLayer } from "../files/FileBatchRunStore.ts"
import { nodeHostLayer } from "../process/NodeHost.ts"

/**
 * A process that works with the store of runs, for tests: `node BatchRunProcess.ts <home> <name> <what to do>`. It says
 * `ready`, begins when it gets a line, and says what it has done, one line each. The run is `fix`.
 */
const [home = "", name = "", what = ""] = process.argv.slice(2)

const say = (line: string) => Effect.promise(() => new Promise((done) => process.stdout.write(`${line}\n`, done)))

const at = "2026-11-01T00:00:00.000Z"

// As the contract's snapshot; what is for tests there does not load outside of a test.
const snapshot: RunSnapshot = {
  schema: "slipway/batch-run/v1",
  uid: name,
  name: "fix",
  namespace: "default",
  kind: "BatchRun",
  batch: null,
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
  agent: { workspaceConfig: null, image: "", command: null, env: [] },
  publish: "never",
  hostTemplate: "",
  keepWorkspaces: false,
  specHash: "",
  createdAt: at,
  warnings: []
}

const marked = (index: number): RunEvent => ({
  _tag: "TaskMarked",
  at,
  index,
  outcome: "Skipped",
  reason: `${name} ${"long ".repeat(1 + (index % 7) * 400)}`
})

type Deed = Effect.Effect<void, unknown, BatchRunStore | Scope.Scope>

const deeds: Readonly<Record<string, Deed>> = {
  nothing: Effect.void,
  /** Makes the run, and says whether it did. */
  create: Effect.flatMap(BatchRunStore, (store) =>
    store.create(snapshot, { configMaps: {}, secrets: {} }).pipe(
      Effect.andThen(say("made")),
      Effect.catchTag("RunExists", () => say("exists"))
    )),
  /** Makes and removes the run for ever. */
  churn: Effect.forever(Effect.gen(function*() {
    const store = yield* BatchRunStore
    yield* store.create(snapshot, { configMaps: {}, secrets: {} }).pipe(Effect.ignore)
    yield* Effect.scoped(Effect.andThen(store.hold("fix"), store.remove("fix"))).pipe(Effect.ignore)
    yield* say("churned")
  })),
  /** Holds the run and appends for ever, two events at a time. */
  append: Effect.gen(function*() {
    const store = yield* BatchRunStore
    yield* store.hold("fix")
    yield* say("holding")
    for (let index = 0;; index += 2) {
      yield* store.append("fix", [marked(index), marked(index + 1)])
      yield* say(`appended ${index + 2}`)
    }
  }),
  /** Holds the run and writes a log as it is told to, a line each; `close` ends it. */
  log: Effect.gen(function*() {
    const store = yield* BatchRunStore
    yield* store.hold("fix")
    yield* say("holding")
    const lines = process.stdin.iterator({ destroyOnReturn: false })
    for (;;) {
      const { value } = yield* Effect.promise(() => lines.next())
      const text = String(value)
      if (text === "close\n") return yield* store.closeLog("fix", 0, 1)
      yield* store.appendLog("fix", 0, 1, Buffer.from(text))
    }
  }),
  /** Holds the run and says what it is asked for, until it is asked to stop. */
  listen: Effect.gen(function*() {
    const store = yield* BatchRunStore
    yield* store.hold("fix")
    yield* say("holding")
    yield* store.requests("fix").pipe(
      Stream.tap((request) => say(JSON.stringify(request))),
      Stream.takeUntil(({ _tag }) => _tag === "Cancel"),
      Stream.runDrain
    )
  })
}

const layer = Layer.provide(fileBatchRunStoreLayer, nodeHostLayer({ variables: {}, home }))

const deed = deeds[what]
if (deed === undefined) throw new Error(`cannot ${what}`)
await Effect.runPromise(
  Effect.gen(function*() {
    yield* BatchRunStore
    yield* say("ready")
    yield* Effect.promise(() => once(process.stdin, "data"))
    yield* deed
  }).pipe(Effect.scoped, Effect.provide(layer))
)
// What waits on its input does not end by itself.
process.stdin.destroy()
