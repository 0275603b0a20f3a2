import { Effect } from "effect"
import { command } from "../../parser/CommandDefinition.ts"
import { switchFlag, wordsArgument } from "../../parser/Parameter.ts"
import { dryRunFlag } from "../SharedFlags.ts"

/** `slipway batch migrate`. */
export const migrateCommand = command({
  name: "migrate",
  summary: "Bring CodeSweep's files to kubetask.io/v1alpha1; exit code 1 when something has no counterpart there",
  examples: [
    { command: "slipway batch migrate bundle.yaml > batch.yaml", description: "Print it as it is now" },
    { command: "slipway batch migrate bundles/ --check", description: "A whole folder: what would change" },
    { command: "slipway batch migrate bundles/ --write", description: "Change it" }
  ],
  parameters: {
    files: wordsArgument("FILE", "A YAML or JSON file, a folder of them, or - for standard input", false),
    write: switchFlag("--write", "Change the files in their places, in place of printing them"),
    force: switchFlag("--force", "With --write: also when something has no counterpart; it stays as it is"),
    dryRun: { ...dryRunFlag, description: "Show a diff and change nothing" },
    check: switchFlag("--check", "The same as --dry-run")
  },
  run: ({ check, dryRun, ...input }) =>
    Effect.flatMap(
      Effect.promise(() => import("./PerformMigrate.ts")),
      ({ performMigrate }) => performMigrate({ ...input, dryRun: dryRun || check })
    )
})
