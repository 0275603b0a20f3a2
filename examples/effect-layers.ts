/**
 * For programs with Effect: Slipway is a layer. Provide it once, at the edge, and use its services anywhere.
 *
 * Run it: `node examples/effect-layers.ts`
 */
import { NodeRuntime } from "@effect/platform-node"
import { Done, Impl, OperationListener, Overview } from "@slipway/core"
import { NodeSlipway } from "@slipway/node-adapters"
import { Console, Effect } from "effect"
import { makeSampleRepository } from "./SampleRepository.ts"

/** Makes a worktree for a feature, looks at it, and takes it down. */
const feature = Effect.fn("feature")(function*(directory: string, name: string) {
  const made = yield* Impl.use((impl) => impl.run({ directory, kind: "impl", name }))
  yield* Console.log(`branch ${made.branch}, sandbox ${made.sandbox?.health.verdict ?? "none"}`)

  // Any folder inside of the worktree will do: Slipway finds out which one it is.
  const status = yield* Overview.use((overview) => overview.status({ directory: made.worktree }))
  yield* Console.log(`${status.name}: ${status.changedFiles} changed files`)

  const removed = yield* Done.use((done) => done.run({ directory, name: status.name }))
  yield* Console.log(`removed ${removed.branch}`)
})

export const main = Effect.gen(function*() {
  const repository = yield* Effect.acquireRelease(
    Effect.sync(makeSampleRepository),
    (made) => Effect.sync(() => made[Symbol.dispose]())
  )

  yield* feature(repository.root, "auth").pipe(
    // Errors are values: handle the ones that you have an answer to, by their tag.
    Effect.catchTag("WorktreeExists", (error) => Console.log(`${error.message}: ${error.hint}`)),
    // Who wants to show progress listens. Without a listener nothing is told.
    Effect.provideService(
      OperationListener,
      ({ event }) => event._tag === "StepSucceeded" ? Console.log(`  ${event.step} took ${event.ms} ms`) : Effect.void
    ),
    // Nothing is read of the process but what is given here.
    Effect.provide(NodeSlipway.layer({
      variables: { PATH: process.env["PATH"] ?? "" },
      home: repository.home
    }))
  )
}).pipe(Effect.scoped)

// `runMain` interrupts the program on Ctrl-C, and an interrupted operation undoes what it did.
if (process.argv[1] === import.meta.filename) NodeRuntime.runMain(main)
