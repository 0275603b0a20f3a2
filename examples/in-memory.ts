/**
 * For tests of programs that embed Slipway: everything in memory, no git, no Docker, no files. It takes milliseconds,
 * and can be broken at will.
 *
 * Run it: `node examples/in-memory.ts`
 */
import { Done, Impl, Overview } from "@slipway/core"
import { MemoryEngine, memorySlipwayLayer } from "@slipway/core/testing"
import { Console, Effect } from "effect"

/** A machine with one repository, which has a sandbox of one service. */
const machine = memorySlipwayLayer({
  files: {
    "/code/shop/docker-compose.yml": "services:\n  api:\n    image: api\n    ports: [\"8000:80\"]\n",
    "/code/shop/.devops-ai/infra.toml": `[project]
name = "shop"

[sandbox]
compose_file = "docker-compose.yml"

[sandbox.ports]
API_PORT = 8000
`
  },
  repositories: { "/code/shop": { remote: "origin" } }
})

export const main = Effect.gen(function*() {
  const directory = "/code/shop"
  const engine = yield* MemoryEngine
  const impl = (name: string) => Impl.use((service) => service.run({ directory, kind: "impl", name }))

  // Something else on this machine has the port of slot 1, so the sandbox goes to slot 2.
  yield* engine.takePorts([8001])
  const auth = yield* impl("auth")
  yield* Console.log(`auth: slot ${auth.slot?.slot_id}, ${auth.sandbox?.urls[0]?.url}`)

  // A build that fails keeps the worktree and gives the slot back.
  yield* engine.failNextUp("failed to solve: no space left on device")
  const failure = yield* Effect.flip(impl("billing"))
  yield* Console.log(`billing: ${failure.code}`)

  const { worktrees } = yield* Overview.use((overview) => overview.worktrees({ directory }))
  yield* Console.log(`worktrees: ${worktrees.map(({ name, slot }) => `${name} (slot ${slot ?? "none"})`).join(", ")}`)

  yield* Effect.forEach(worktrees, ({ name }) => Done.use((done) => done.run({ directory, name })), { discard: true })
  yield* Console.log(`containers left: ${(yield* engine.state).containers.length}`)
}).pipe(Effect.provide(machine))

if (process.argv[1] === import.meta.filename) await Effect.runPromise(main)
