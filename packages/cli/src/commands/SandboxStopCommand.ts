import type { PlannedStep, WorktreeStatus } from "@slipway/core"
import { Command } from "effect/cli"
import { perform } from "../Report.ts"
import { servicesText, showSandboxPlan } from "./SandboxPlan.ts"
import { dryRunFlag, given, nameArgument } from "./SharedFlags.ts"

/** `slipway sandbox stop`. */
export const sandboxStopCommand = Command.make(
  "stop",
  { name: nameArgument, dryRun: dryRunFlag },
  ({ dryRun, name }) => {
    const request = given(name)
    return dryRun
      ? showSandboxPlan("sandbox-stop", request, stopSteps)
      : perform({
        command: "sandbox-stop",
        label: "stopping the sandbox",
        work: ({ sandboxes }, { directory }) => sandboxes.stop({ ...request, directory }),
        data: () => ({ dryRun: false }),
        text: (_, { style }) => `${style.green("✓")} stopped; \`slipway sandbox start\` starts it again`
      })
  }
).pipe(
  Command.withDescription("Stop the containers of a worktree; slot, ports, volumes and containers are kept"),
  Command.withExamples([
    { command: "slipway sandbox stop", description: "Of the worktree you are in" },
    { command: "slipway sandbox stop auth-M1 --dry-run", description: "Show which services would be stopped" }
  ])
)

const stopSteps = (status: WorktreeStatus): ReadonlyArray<PlannedStep> =>
  status.state === "stopped" ? [] : [{ step: "stop", title: `stop ${servicesText(status, [])}` }]
