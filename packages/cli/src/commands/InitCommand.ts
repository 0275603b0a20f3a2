import { Inits } from "@slipway/core"
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { switchFlag } from "../GlobalFlags.ts"
import { askInitQuestions } from "../InitDialogue.ts"
import { answersOf, type InitFlags, plainAnswersOf } from "../InitFlags.ts"
import { initCheckText, initData, initDiffText, initPreviewData, initText } from "../output/InitOutput.ts"
import { Screen } from "../output/Screen.ts"
import { type Call, perform } from "../Report.ts"
import { UsageError } from "../UsageError.ts"
import { dryRunFlag, yesFlag } from "./SharedFlags.ts"

const textFlag = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.optional)

/** `slipway init`. */
export const initCommand = Command.make("init", {
  name: textFlag("name", "PROJECT", "Name of the project"),
  prefix: textFlag("prefix", "PREFIX", "Prefix of worktree folders"),
  composeFile: textFlag("compose-file", "FILE", "Compose file whose services run in each sandbox"),
  noSandbox: switchFlag("no-sandbox", "Worktrees without sandboxes"),
  ports: Flag.KeyValuePair("port").pipe(
    Flag.withMetavar("VARIABLE=PORT"),
    Flag.withDescription("Variable for a published port; can be repeated"),
    Flag.withDefault({})
  ),
  health: textFlag("health", "[VARIABLE:]PATH", "Health endpoint, at the first port unless a variable is named"),
  code: textFlag("code", "MOUNTS", "Folders of code to mount, source:target[:ro], with commas"),
  codeTargets: textFlag("code-services", "SERVICES", "Services that get the code, with commas"),
  stride: Flag.Int("stride").pipe(
    Flag.withMetavar("N"),
    Flag.withDescription("Distance between the ports of two slots, 1 to 1000"),
    Flag.optional
  ),
  parameterize: switchFlag("parameterize", "Rewrite the compose file with variables for its ports"),
  yes: yesFlag("Accept what was found without asking"),
  check: switchFlag("check", "Report what was found and write nothing"),
  dryRun: dryRunFlag
}, ({ check, dryRun, yes, ...flags }) =>
  check || dryRun
    ? perform({
      command: "init",
      label: "looking at the project",
      work: (call) => preview(call, flags),
      data: initPreviewData,
      text: (found, { style }) => check ? initCheckText(found, style) : initDiffText(found, style),
      warnings: ({ plan }) => plan.warnings
    })
    : perform({
      command: "init",
      label: "setting the project up",
      writesItself: true,
      work: (call) => setUp(call, flags, yes),
      data: initData,
      text: (result, { style }) => initText(result, style),
      warnings: ({ warnings }) => warnings
    })).pipe(
    Command.withDescription("Set a project up: find its compose file, ports and health endpoint, write infra.toml"),
    Command.withExamples([
      { command: "slipway init", description: "Ask, with what was found as proposals" },
      { command: "slipway init --yes", description: "Accept what was found" },
      { command: "slipway init --dry-run", description: "Show the files as a diff" },
      {
        command: "slipway init --yes --name shop --port API_PORT=8080 --health /api/health",
        description: "For programs: no questions"
      }
    ])
  )

/** What was found, with the answers of flags. */
const inspected = Effect.fnUntraced(function*({ directory }: Call, flags: InitFlags) {
  const inits = yield* Inits
  const inspection = yield* inits.inspect({ directory, answers: plainAnswersOf(flags) })
  return { inits, inspection, given: yield* answersOf(flags, inspection.answers) }
})

const preview = Effect.fnUntraced(function*(call: Call, flags: InitFlags) {
  const { given, inits, inspection } = yield* inspected(call, flags)
  return { inspection, plan: yield* inits.plan({ directory: call.directory, answers: given }) }
})

const setUp = Effect.fnUntraced(function*(call: Call, flags: InitFlags, yes: boolean) {
  const { given, inits, inspection } = yield* inspected(call, flags)
  const asks = !yes && !call.json && (yield* Screen).canAsk
  const answers = asks ? yield* askInitQuestions(inspection.observation, given) : given
  const plan = yield* inits.plan({ directory: call.directory, answers })
  if (!asks && !yes && plan.files.length > 0) {
    return yield* new UsageError({
      reason: "`slipway init` has questions, and there is no terminal to ask on",
      hint: "--yes accepts what was found, --dry-run shows it"
    })
  }
  return yield* inits.apply(plan)
})
