import { Effect } from "effect"
import { command } from "../parser/CommandDefinition.ts"
import { integerFlag, pairsFlag, switchFlag, textFlag } from "../parser/Parameter.ts"
import { perform } from "../Report.ts"
import { dryRunFlag, yesFlag } from "./SharedFlags.ts"

/** `slipway init`. */
export const initCommand = command({
  name: "init",
  summary: "Set a project up: find its compose file, ports and health endpoint, write infra.toml",
  examples: [
    { command: "slipway init", description: "Ask, with what was found as proposals" },
    { command: "slipway init --yes", description: "Accept what was found" },
    { command: "slipway init --dry-run", description: "Show the files as a diff" },
    {
      command: "slipway init --yes --name shop --port API_PORT=8080 --health /api/health",
      description: "For programs: no questions"
    }
  ],
  parameters: {
    name: textFlag("--name", "PROJECT", "Name of the project"),
    prefix: textFlag("--prefix", "PREFIX", "Prefix of worktree folders"),
    composeFile: textFlag("--compose-file", "FILE", "Compose file whose services run in each sandbox"),
    noSandbox: switchFlag("--no-sandbox", "Worktrees without sandboxes"),
    ports: pairsFlag("--port", "VARIABLE=PORT", "Variable for a published port; can be repeated"),
    health: textFlag("--health", "[VARIABLE:]PATH", "Health endpoint, at the first port unless a variable is named"),
    code: textFlag("--code", "MOUNTS", "Folders of code to mount, source:target[:ro], with commas"),
    codeTargets: textFlag("--code-services", "SERVICES", "Services that get the code, with commas"),
    stride: integerFlag("--stride", "N", "Distance between the ports of two slots, 1 to 1000", { minimum: 1 }),
    parameterize: switchFlag("--parameterize", "Rewrite the compose file with variables for its ports"),
    yes: yesFlag("Accept what was found without asking"),
    check: switchFlag("--check", "Report what was found and write nothing"),
    dryRun: dryRunFlag
  },
  run: ({ check, dryRun, yes, ...flags }) =>
    perform({
      command: "init",
      label: "looking at the project",
      writesItself: true,
      // The planner is heavy, so it is loaded when it is needed.
      work: (services, call) =>
        Effect.flatMap(Effect.promise(() => import("../InitProject.ts")), ({ previewInit, setUp }) =>
          check || dryRun ? previewInit(services, call, flags, check) : setUp(services, call, flags, yes)),
      data: ({ data }) =>
        data,
      text: ({ text }, { style }) =>
        text(style),
      warnings: ({ warnings }) => warnings
    })
})
