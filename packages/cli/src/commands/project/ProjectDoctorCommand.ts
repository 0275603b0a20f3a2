import { exitCodes } from "@slipway/core"
import { specDoctorData, specDoctorText } from "../../output/ProjectCareOutput.ts"
import { command } from "../../parser/CommandDefinition.ts"
import { switchFlag } from "../../parser/Parameter.ts"
import { perform } from "../../Report.ts"
import { dryRunFlag } from "../SharedFlags.ts"

/** `slipway project doctor`. */
export const projectDoctorCommand = command({
  name: "doctor",
  summary: "Find what is wrong with projects: metadata, links, pointer files, numbers; never touches texts",
  examples: [
    { command: "slipway project doctor", description: "Each finding with its evidence and what would be done" },
    { command: "slipway project doctor --fix", description: "Do it" }
  ],
  parameters: {
    fix: switchFlag("--fix", "Mend what needs no person"),
    dryRun: dryRunFlag
  },
  run: ({ dryRun, fix }) =>
    perform({
      command: "project-doctor",
      label: "looking at projects",
      work: ({ specProjects }, { directory }) => specProjects.doctor({ directory, fix: fix && !dryRun }),
      data: specDoctorData,
      text: (report, { style }) => specDoctorText(report, style),
      exitCode: ({ failures }) => failures.length === 0 ? exitCodes.done : exitCodes.failed
    })
})
