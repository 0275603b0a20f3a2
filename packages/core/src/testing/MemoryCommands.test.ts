import { assert, it } from "@effect/vitest"
import { Effect, Ref } from "effect"
import { Commands } from "../operation/Commands.ts"
import { commandsContract } from "./CommandsContract.ts"
import { MemoryCommandRequests, memoryCommandsLayer } from "./MemoryCommands.ts"

commandsContract(
  "memory",
  memoryCommandsLayer({
    printing: ({ command: [, stdout = "", stderr = "", exitCode] }) => ({ stdout, stderr, exitCode: Number(exitCode) }),
    variable: ({ command: [, name = ""], variables }) => ({ stdout: `${variables?.[name] ?? ""}\n` }),
    endless: ({ command: [, line] }) => ({ stdout: `${line}\n`, duration: "Infinity" })
  }),
  {
    printing: (stdout, stderr, exitCode) => ["printing", stdout, stderr, String(exitCode)],
    variable: (name) => ["variable", name],
    endless: (line) => ["endless", line],
    missing: ["missing"]
  }
)

it.effect("remembers what was asked for, also of programs that there are not", () =>
  Effect.gen(function*() {
    const commands = yield* Commands
    yield* commands.run({ command: ["pnpm", "install"], directory: "/code" })
    yield* Effect.flip(commands.run({ command: ["toString"], directory: "/" }))
    const requests = yield* Ref.get(yield* MemoryCommandRequests)
    assert.deepStrictEqual(requests, [
      { command: ["pnpm", "install"], directory: "/code" },
      { command: ["toString"], directory: "/" }
    ])
  }).pipe(Effect.provide(memoryCommandsLayer({ pnpm: () => ({}) }))))
