import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { Screen } from "../output/Screen.ts"
import { perform } from "../Report.ts"
import { showSandboxPlan } from "./SandboxPlan.ts"
import { dryRunFlag, given, nameFlag } from "./SharedFlags.ts"

/** `slipway sandbox exec`. */
export const sandboxExecCommand = Command.make("exec", {
  service: Argument.String("service").pipe(
    Argument.withMetavar("SERVICE"),
    Argument.withDescription("A running service")
  ),
  command: Argument.String("command").pipe(
    Argument.withMetavar("COMMAND"),
    Argument.withDescription("Program and arguments, after --"),
    Argument.variadic({ min: 1 })
  ),
  name: nameFlag,
  dryRun: dryRunFlag
}, ({ command, dryRun, name, service }) => {
  const request = given(name)
  return dryRun
    ? showSandboxPlan("sandbox-exec", request, () => [
      { step: "exec", title: `run \`${command.join(" ")}\` in ${service}` }
    ])
    : perform({
      command: "sandbox-exec",
      label: "running",
      work: ({ sandboxes }, { directory, json }) =>
        Effect.flatMap(Screen, ({ isInteractive }) =>
          sandboxes.exec({
            ...request,
            directory,
            service,
            command,
            terminal: isInteractive && !json,
            // The envelope has stdout for itself.
            ...(json ? { output: "stderr" as const } : {})
          })),
      writesItself: true,
      data: (exitCode) => ({ dryRun: false, exitCode }),
      text: () => "",
      exitCode: (exitCode) => exitCode
    })
}).pipe(
  Command.withDescription("Run a program in a running service; its exit code is slipway's"),
  Command.withExamples([
    { command: "slipway sandbox exec db -- psql -U app", description: "In the worktree you are in" },
    { command: "slipway sandbox exec api --name auth-M1 -- pytest -x", description: "In another worktree" }
  ])
)
