import type { PlannedStep, WorktreeStatus } from "@slipway/core"
import { command } from "../parser/CommandDefinition.ts"
import { perform } from "../Report.ts"
import { servicesText, showSandboxPlan } from "./SandboxPlan.ts"
import { dryRunFlag, given, nameArgument } from "./SharedFlags.ts"

/** `slipway sandbox stop`. */
export const sandboxStopCommand = command({
  name: "stop",
  summary: "Stop the containers of a worktree; slot, ports, volumes and containers are kept",
  examples: [
    { command: "slipway sandbox stop", description: "Of the worktree you are in" },
    { command: "slipway sandbox stop auth-M1 --dry-run", description: "Show which services would be stopped" }
  ],
  parameters: { name: nameArgument, dryRun: dryRunFlag },
  run: ({ dryRun, name }) =>
    dryRun
      ? showSandboxPlan("sandbox-stop", given(name), stopSteps)
      : perform({
        command: "sandbox-stop",
        label: "stopping the sandbox",
        work: ({ sandboxes }, { directory }) => sandboxes.stop({ ...given(name), directory }),
        data: () => ({ dryRun: false }),
        text: (_, { style }) => `${style.green("✓")} stopped; \`slipway sandbox start\` starts it again`
      })
})

const stopSteps = (status: WorktreeStatus): ReadonlyArray<PlannedStep> =>
  status.state === "stopped" ? [] : [{ step: "stop", title: `stop ${servicesText(status, [])}` }]
