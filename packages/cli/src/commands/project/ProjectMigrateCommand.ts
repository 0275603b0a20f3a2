import { exitCodes } from "@slipway/core"
import { migrationData, migrationText } from "../../output/ProjectCareOutput.ts"
import { command } from "../../parser/CommandDefinition.ts"
import { perform } from "../../Report.ts"
import { dryRunFlag } from "../SharedFlags.ts"

/** `slipway project migrate`. */
export const projectMigrateCommand = command({
  name: "migrate",
  summary: "Move the specs of Kiro and Codev to .ai/projects; overwrites nothing, and can be run again",
  examples: [
    { command: "slipway project migrate --dry-run", description: "What would be moved, and what stays and why" },
    { command: "slipway project migrate", description: "Move it" }
  ],
  parameters: { dryRun: dryRunFlag },
  run: ({ dryRun }) =>
    perform({
      command: "project-migrate",
      label: dryRun ? "planning" : "moving specs",
      work: ({ specProjects }, { directory }) =>
        dryRun ? specProjects.planMigration({ directory }) : specProjects.migrate({ directory }),
      data: (migration) => migrationData(migration, dryRun),
      text: (migration, { style }) => migrationText(migration, dryRun, style),
      exitCode: ({ failures }) => failures.length === 0 ? exitCodes.done : exitCodes.failed
    })
})
