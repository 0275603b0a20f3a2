import { Effect } from "effect"
import { Screen } from "../output/Screen.ts"
import { command } from "../parser/CommandDefinition.ts"
import { requiredArgument, wordsArgument } from "../parser/Parameter.ts"
import { perform } from "../Report.ts"
import { showSandboxPlan } from "./SandboxPlan.ts"
import { dryRunFlag, given, nameFlag } from "./SharedFlags.ts"

/** `slipway sandbox exec`. */
export const sandboxExecCommand = command({
  name: "exec",
  summary: "Run a program in a running service; its exit code is slipway's",
  examples: [
    { command: "slipway sandbox exec db -- psql -U app", description: "In the worktree you are in" },
    { command: "slipway sandbox exec api --name auth-M1 -- pytest -x", description: "In another worktree" }
  ],
  parameters: {
    service: requiredArgument("SERVICE", "A running service"),
    words: wordsArgument("COMMAND", "Program and arguments, after --", true),
    name: nameFlag,
    dryRun: dryRunFlag
  },
  run: ({ dryRun, name, service, words }) =>
    dryRun
      ? showSandboxPlan("sandbox-exec", given(name), () => [
        { step: "exec", title: `run \`${words.join(" ")}\` in ${service}` }
      ])
      : perform({
        command: "sandbox-exec",
        label: "running",
        writesItself: true,
        work: ({ sandboxes }, { directory, json }) =>
          Effect.flatMap(Screen, ({ isInteractive }) =>
            sandboxes.exec({
              ...given(name),
              directory,
              service,
              command: words,
              terminal: isInteractive && !json,
              // The envelope has stdout for itself.
              ...(json ? { output: "stderr" as const } : {})
            })),
        data: (exitCode) => ({ dryRun: false, exitCode }),
        text: () => "",
        exitCode: (exitCode) => exitCode
      })
})
