import type { LogLine } from "@slipway/core"
import { Effect, Option, Stream } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { switchFlag } from "../GlobalFlags.ts"
import type { Services } from "../Invocation.ts"
import { Screen } from "../output/Screen.ts"
import type { Style } from "../output/Style.ts"
import { type Call, perform } from "../Report.ts"
import { UsageError } from "../UsageError.ts"
import { given, nameFlag } from "./SharedFlags.ts"

/** `slipway sandbox logs`. */
export const sandboxLogsCommand = Command.make("logs", {
  services: Argument.String("service").pipe(
    Argument.withMetavar("SERVICE"),
    Argument.withDescription("Services to show; all when none is named"),
    Argument.variadic()
  ),
  name: nameFlag,
  follow: switchFlag("follow", "Go on with what comes, until Ctrl-C").pipe(Flag.withAlias("f")),
  tail: Flag.Int("tail").pipe(
    Flag.withAlias("n"),
    Flag.withMetavar("N"),
    Flag.withDescription("Begin with the last N lines of each service"),
    Flag.filter((count) => count >= 0, (count) => `${count} is negative`),
    Flag.optional
  )
}, ({ follow, name, services, tail }) =>
  perform({
    command: "sandbox-logs",
    label: "reading logs",
    work: Effect.fnUntraced(function*({ sandboxes }: Services, { directory, json }: Call) {
      const screen = yield* Screen
      if (json && follow) {
        return yield* new UsageError({
          reason: "--follow has no end, so it cannot be one JSON envelope",
          hint: "leave out --json or --follow"
        })
      }
      const logs = sandboxes.logs({
        directory,
        services,
        follow,
        ...given(name),
        ...Option.match(tail, { onNone: () => ({}), onSome: (tail) => ({ tail }) })
      })
      if (json) return yield* Stream.runCollect(logs)
      let width = 0
      yield* Stream.runForEach(logs, (line) => {
        width = Math.max(width, line.service.length)
        return screen.answer(logText(line, width, screen.stdout.style))
      })
      return []
    }),
    writesItself: true,
    data: (lines) => ({ lines }),
    text: () => ""
  })).pipe(
    Command.withDescription("Show what the services of a sandbox have printed"),
    Command.withExamples([
      { command: "slipway sandbox logs", description: "All services of the worktree you are in" },
      { command: "slipway sandbox logs api -f --tail 20", description: "One service: its last 20 lines and what comes" }
    ])
  )

const logText = ({ service, text }: LogLine, width: number, style: Style): string =>
  `${style.cyan(service.padEnd(width))} ${style.dim("|")} ${text}`
