import { command } from "../parser/CommandDefinition.ts"
import { wordsArgument } from "../parser/Parameter.ts"
import { perform } from "../Report.ts"
import { servicesText, showSandboxPlan } from "./SandboxPlan.ts"
import { dryRunFlag, given, nameFlag } from "./SharedFlags.ts"

/** `slipway sandbox restart`. */
export const sandboxRestartCommand = command({
  name: "restart",
  summary: "Restart the containers of a sandbox; `sandbox start` also builds anew what has changed",
  examples: [
    { command: "slipway sandbox restart", description: "All services of the worktree you are in" },
    { command: "slipway sandbox restart api --name auth-M1", description: "One service of another worktree" }
  ],
  parameters: {
    services: wordsArgument("SERVICE", "Services to restart; all when none is named", false),
    name: nameFlag,
    dryRun: dryRunFlag
  },
  run: ({ dryRun, name, services }) =>
    dryRun
      ? showSandboxPlan("sandbox-restart", given(name), (status) => [
        { step: "restart", title: `restart ${servicesText(status, services)}` }
      ])
      : perform({
        command: "sandbox-restart",
        label: "restarting the sandbox",
        work: ({ sandboxes }, { directory }) => sandboxes.restart({ ...given(name), directory, services }),
        data: () => ({ dryRun: false }),
        text: (_, { style }) =>
          `${style.green("✓")} restarted ${services.length === 0 ? "all services" : services.join(", ")}`
      })
})
