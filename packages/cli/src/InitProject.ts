import { Effect } from "effect"
import { askInitQuestions } from "./InitDialogue.ts"
import { answersOf, type InitFlags, plainAnswersOf } from "./InitFlags.ts"
import type { Services } from "./Invocation.ts"
import { initCheckText, initData, initDiffText, initPreviewData, initText } from "./output/InitOutput.ts"
import { Screen } from "./output/Screen.ts"
import type { Style } from "./output/Style.ts"
import type { Call } from "./Report.ts"
import { UsageError } from "./UsageError.ts"

/**
 * What `init` has to say. It comes ready for showing, since what shows it is as heavy as the planner and is loaded with
 * it.
 */
export interface InitOutcome {
  readonly data: unknown
  readonly text: (style: Style) => string
  readonly warnings: ReadonlyArray<string>
}

/** What was found, with the answers of flags. */
const inspect = Effect.fnUntraced(function*({ inits }: Services, { directory }: Call, flags: InitFlags) {
  const inspection = yield* inits.inspect({ directory, answers: plainAnswersOf(flags) })
  return { inspection, given: yield* answersOf(flags, inspection.answers) }
})

/** What would be written: a report, or the files as a diff. */
export const previewInit = Effect.fnUntraced(
  function*(services: Services, call: Call, flags: InitFlags, asReport: boolean) {
    const { given, inspection } = yield* inspect(services, call, flags)
    const plan = yield* services.inits.plan({ directory: call.directory, answers: given })
    const preview = { inspection, plan }
    const outcome: InitOutcome = {
      data: initPreviewData(preview),
      text: (style) => asReport ? initCheckText(preview, style) : initDiffText(preview, style),
      warnings: plan.warnings
    }
    return outcome
  }
)

/** Asks where somebody can answer, then writes. */
export const setUp = Effect.fnUntraced(function*(services: Services, call: Call, flags: InitFlags, yes: boolean) {
  const { given, inspection } = yield* inspect(services, call, flags)
  const asks = !yes && !call.json && (yield* Screen).canAsk
  const answers = asks ? yield* askInitQuestions(inspection.observation, given) : given
  const plan = yield* services.inits.plan({ directory: call.directory, answers })
  if (!asks && !yes && plan.files.length > 0) {
    return yield* new UsageError({
      reason: "`slipway init` has questions, and there is no terminal to ask on",
      hint: "--yes accepts what was found, --dry-run shows it"
    })
  }
  const result = yield* services.inits.apply(plan)
  const outcome: InitOutcome = {
    data: initData(result),
    text: (style) => initText(result, style),
    warnings: result.warnings
  }
  return outcome
})
