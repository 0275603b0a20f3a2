import { exitCodes } from "@slipway/core"
import { doctorData, doctorText } from "../output/DoctorOutput.ts"
import { command } from "../parser/CommandDefinition.ts"
import { switchFlag } from "../parser/Parameter.ts"
import { perform } from "../Report.ts"
import { dryRunFlag } from "./SharedFlags.ts"

/** `slipway doctor`. */
export const doctorCommand = command({
  name: "doctor",
  summary: "Find what crashes left behind: claims, containers, networks, folders; never touches work",
  examples: [
    { command: "slipway doctor", description: "Each finding with its evidence and what would be done" },
    { command: "slipway doctor --fix", description: "Do it" },
    { command: "slipway doctor --fix --dry-run", description: "Show the steps only" }
  ],
  parameters: {
    fix: switchFlag("--fix", "Clear what can be cleared without losing work"),
    dryRun: dryRunFlag
  },
  run: ({ dryRun, fix }) =>
    perform({
      command: "doctor",
      label: "looking for what was left behind",
      work: ({ doctor }, { directory }) => doctor.run({ directory, fix: fix && !dryRun }),
      data: doctorData,
      text: (report, { style }) => doctorText(report, style),
      exitCode: ({ failures }) => failures.length === 0 ? exitCodes.done : exitCodes.failed
    })
})
