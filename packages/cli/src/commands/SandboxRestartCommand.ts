import { Argument, Command } from "effect/cli"
import { perform } from "../Report.ts"
import { servicesText, showSandboxPlan } from "./SandboxPlan.ts"
import { dryRunFlag, given, nameFlag } from "./SharedFlags.ts"

/** `slipway sandbox restart`. */
export const sandboxRestartCommand = Command.make("restart", {
  services: Argument.String("service").pipe(
    Argument.withMetavar("SERVICE"),
    Argument.withDescription("Services to restart; all when none is named"),
    Argument.variadic()
  ),
  name: nameFlag,
  dryRun: dryRunFlag
}, ({ dryRun, name, services }) => {
  const request = given(name)
  return dryRun
    ? showSandboxPlan("sandbox-restart", request, (status) => [
      { step: "restart", title: `restart ${servicesText(status, services)}` }
    ])
    : perform({
      command: "sandbox-restart",
      label: "restarting the sandbox",
      work: ({ sandboxes }, { directory }) => sandboxes.restart({ ...request, directory, services }),
      data: () => ({ dryRun: false }),
      text: (_, { style }) =>
        `${style.green("✓")} restarted ${services.length === 0 ? "all services" : services.join(", ")}`
    })
}).pipe(
  Command.withDescription("Restart the containers of a sandbox; `sandbox start` also builds anew what has changed"),
  Command.withExamples([
    { command: "slipway sandbox restart", description: "All services of the worktree you are in" },
    { command: "slipway sandbox restart api --name auth-M1", description: "One service of another worktree" }
  ])
)
