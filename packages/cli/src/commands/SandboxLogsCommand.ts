import type { LogLine } from "@slipway/core"
import { Effect, Stream } from "effect"
import { Screen } from "../output/Screen.ts"
import type { Style } from "../output/Style.ts"
import { command } from "../parser/CommandDefinition.ts"
import { integerFlag, switchFlag, wordsArgument } from "../parser/Parameter.ts"
import { perform } from "../Report.ts"
import { UsageError } from "../UsageError.ts"
import { given, nameFlag } from "./SharedFlags.ts"

/** `slipway sandbox logs`. */
export const sandboxLogsCommand = command({
  name: "logs",
  summary: "Show what the services of a sandbox have printed",
  examples: [
    { command: "slipway sandbox logs", description: "All services of the worktree you are in" },
    { command: "slipway sandbox logs api -f --tail 20", description: "One service: its last 20 lines and what comes" }
  ],
  parameters: {
    services: wordsArgument("SERVICE", "Services to show; all when none is named", false),
    name: nameFlag,
    follow: switchFlag("--follow", "Go on with what comes, until Ctrl-C", { short: "-f" }),
    tail: integerFlag("--tail", "N", "Begin with the last N lines of each service", { short: "-n", minimum: 0 })
  },
  run: ({ follow, name, services, tail }) =>
    perform({
      command: "sandbox-logs",
      label: "reading logs",
      writesItself: true,
      isEndless: follow,
      work: ({ sandboxes }, { directory, json }) => {
        if (json && follow) return Effect.fail(endlessEnvelope())
        const logs = sandboxes.logs({ ...given(name), directory, services, follow, ...(tail === null ? {} : { tail }) })
        return json ? Stream.runCollect(logs) : printLogs(logs)
      },
      data: (lines) => ({ lines }),
      text: () => ""
    })
})

const endlessEnvelope = () =>
  new UsageError({
    reason: "--follow has no end, so it cannot be one JSON envelope",
    hint: "leave out --json or --follow"
  })

/** Prints each line as it comes, behind the name of its service. */
const printLogs = Effect.fnUntraced(function*<E>(logs: Stream.Stream<LogLine, E>) {
  const screen = yield* Screen
  let width = 0
  yield* Stream.runForEach(logs, (line) => {
    width = Math.max(width, line.service.length)
    return screen.answer(logText(line, width, screen.stdout.style))
  })
  return []
})

const logText = ({ service, text }: LogLine, width: number, style: Style): string =>
  `${style.cyan(service.padEnd(width))} ${style.dim("|")} ${text}`
