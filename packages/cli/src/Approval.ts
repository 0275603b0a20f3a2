import type { Problem } from "@slipway/core"
import { Effect } from "effect"
import { problemText } from "./output/Messages.ts"
import { Screen } from "./output/Screen.ts"
import type { Call } from "./Report.ts"

/**
 * Runs something that may need a person's consent: asks on a terminal and then goes on with it, else fails and names
 * the flag.
 */
export const withConsent = Effect.fnUntraced(function*<A, R>(
  { json }: Call,
  isApproved: boolean,
  run: (approve: boolean) => Effect.Effect<A, Problem, R>
) {
  const screen = yield* Screen
  return yield* run(isApproved).pipe(
    Effect.catchIf((problem) => !isApproved && wantsConsent(problem), (problem) =>
      Effect.gen(function*() {
        if (json || !screen.canAsk) return yield* Effect.fail(namingTheFlag(problem))
        yield* screen.narrate(problemText({ message: problem.message, hint: "" }, screen.stderr.style))
        const reply = yield* screen.ask("Go on? [y/N] ")
        return yield* isYes(reply) ? run(true) : Effect.fail(problem)
      }))
  )
})

const namingTheFlag = (problem: Problem): Problem =>
  problem.hint.includes("--yes")
    ? problem
    : {
      _tag: problem._tag,
      code: problem.code,
      message: problem.message,
      hint: [problem.hint, "--yes gives consent without asking"].filter((text) => text !== "").join("; ")
    }

/** Commands of a project that nobody has approved, or a worktree that the name only fits in part. */
const wantsConsent = ({ _tag, code }: Problem): boolean => code === "approval-required" || _tag === "ConfirmationNeeded"

/** Whether a reply means yes. */
export const isYes = (reply: string | null): boolean => /^\s*(?:y|yes)\s*$/iu.test(reply ?? "")
