import { Effect } from "effect"
import { auditData, auditText, operationText } from "../output/AuditOutput.ts"
import { command } from "../parser/CommandDefinition.ts"
import { integerFlag, switchFlag, textFlag } from "../parser/Parameter.ts"
import { perform } from "../Report.ts"
import { UsageError } from "../UsageError.ts"

/** So many are listed where nothing says how many. */
const usualLimit = 20

/** `slipway audit`. */
export const auditCommand = command({
  name: "audit",
  summary: "List what was done, the newest last: operations with their steps, status and duration",
  examples: [
    { command: "slipway audit", description: `The last ${usualLimit} operations of the project you are in` },
    { command: "slipway audit --feature auth --since 2d", description: "What was done about auth in two days" },
    { command: "slipway audit --operation 1f4k9x2p", description: "One operation, step by step" },
    { command: "slipway audit --all --json", description: "Of all projects, for programs" }
  ],
  parameters: {
    feature: textFlag("--feature", "FEATURE", "Only operations about a feature"),
    operation: textFlag("--operation", "ID", "One operation with its steps, by its id or enough of its beginning"),
    since: textFlag("--since", "TIME", "All since then: 2026-11-21, 2026-11-21T09:30:00Z, or 30m, 2h, 3d ago"),
    limit: integerFlag("--limit", "N", `The last N; ${usualLimit} without --since`, { short: "-n", minimum: 1 }),
    all: switchFlag("--all", "Operations of all projects")
  },
  run: ({ all, feature, limit, operation, since }) =>
    perform({
      command: "audit",
      label: "reading the journal",
      work: ({ audit }, { directory }) => {
        if (operation !== null) {
          const isNarrowed = all || feature !== null || limit !== null || since !== null
          return isNarrowed ? Effect.fail(narrowedTwice()) : audit.entries({ directory, operation })
        }
        const most = limit ?? (since === null ? usualLimit : null)
        return audit.entries({
          directory,
          all,
          ...(feature === null ? {} : { feature }),
          ...(since === null ? {} : { since }),
          ...(most === null ? {} : { limit: most })
        })
      },
      data: auditData,
      text: (report, stream) => operation === null ? auditText(report, stream) : operationText(report, stream),
      warnings: ({ entries, warnings }) =>
        entries.length === 0 ? [...warnings, nothingFound(feature !== null || since !== null, all)] : warnings
    })
})

const narrowedTwice = () =>
  new UsageError({
    reason: "--operation names one operation, so there is nothing left to narrow down",
    hint: "leave out --operation, or --all, --feature, --limit and --since"
  })

const nothingFound = (isNarrowed: boolean, all: boolean): string =>
  `no operation ${isNarrowed ? "matches" : "is in the journal"}${
    all ? "" : " for this project: `slipway audit --all` looks at all of them"
  }`
