import { FeatureLog, type NewEntry } from "@slipway/core"
import { Effect, Layer } from "effect"
import { once } from "node:events"
import { fileFeatureLogLayer } from "../files/FileFeatureLog.ts"
import { nodeHostLayer } from "../process/NodeHost.ts"

/**
 * A process that appends to the log of the feature `auth`, for tests: `node AppendingProcess.ts <main> <name> <what to
 * do>`. It says `ready`, begins when it gets a line, and says what it has done, one line each.
 */
const [main = "", name = "", what = ""] = process.argv.slice(2)

const say = (line: string) => Effect.promise(() => new Promise((done) => process.stdout.write(`${line}\n`, done)))

// As the contract's notes; what is for tests there does not load outside of a test.
const noteEntry = (text: string): NewEntry => ({
  at: "2026-02-08T15:30:00.000Z",
  actor: { kind: "agent", id: name },
  event: { _tag: "CommentAdded", comment: "comment-001", kind: "note", text, phase: "draft" }
})

const append = (text: string) =>
  Effect.gen(function*() {
    const log = yield* FeatureLog
    const { entries } = yield* log.append({ main, feature: "auth" }, () => Effect.succeed(noteEntry(text)))
    yield* say(`appended ${entries.length}`)
  })

const deeds: Readonly<Record<string, Effect.Effect<void, unknown, FeatureLog>>> = {
  nothing: Effect.void,
  /** Appends three entries. */
  append: Effect.forEach([1, 2, 3], (number) => append(`${name} ${number}`), { discard: true }),
  /** Takes the lock and keeps it. */
  hold: Effect.flatMap(
    FeatureLog,
    (log) => log.append({ main, feature: "auth" }, () => Effect.andThen(say("holding"), Effect.never))
  ),
  /** Appends for ever. */
  churn: Effect.forever(Effect.suspend(() => append(`${name} ${"long ".repeat(2000)}`)))
}

const layer = Layer.provide(fileFeatureLogLayer, nodeHostLayer({ variables: {}, home: main }))

const deed = deeds[what]
if (deed === undefined) throw new Error(`cannot ${what}`)
await Effect.runPromise(
  Effect.gen(function*() {
    yield* FeatureLog
    yield* say("ready")
    yield* Effect.promise(() => once(process.stdin, "data"))
    yield* deed
  }).pipe(Effect.provide(layer))
)
// What waits on its input does not end by itself.
process.stdin.destroy()
