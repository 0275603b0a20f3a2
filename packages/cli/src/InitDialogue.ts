import {
  answerInitQuestion,
  type InitAnswers,
  type InitObservation,
  type InitQuestion,
  initQuestions,
  proposeAnswers
} from "@slipway/core"
import { Effect, Result } from "effect"
import { isYes } from "./Approval.ts"
import { hintText } from "./output/Messages.ts"
import { Screen } from "./output/Screen.ts"

/** What a person types for "nothing", where Enter takes the proposal. */
const nothing = "-"

/**
 * Asks a person what flags have not answered. After each answer the rest is asked by what is known then, since the
 * compose file decides what there is to ask.
 */
export const askInitQuestions = Effect.fnUntraced(function*(
  observation: InitObservation,
  given: Partial<InitAnswers>
) {
  const screen = yield* Screen
  let answers = given
  const asked = new Set<InitQuestion["key"]>(answeredKeys(given))
  while (true) {
    const proposed = proposeAnswers(observation, answers)
    const question = initQuestions(observation, proposed).find(({ key }) => !asked.has(key))
    if (question === undefined) return answers
    const reply = yield* screen.ask(promptOf(question))
    // The input has ended: nobody is there to answer the rest.
    if (reply === null) return yield* Effect.interrupt
    const taken = answerInitQuestion(answers, proposed, question.key, meaningOf(question, reply))
    if (Result.isFailure(taken)) {
      yield* screen.narrate(hintText(taken.failure, screen.stderr.style))
      continue
    }
    answers = taken.success
    asked.add(question.key)
  }
})

const answeredKeys = (given: Partial<InitAnswers>): ReadonlyArray<InitQuestion["key"]> => [
  ...(given.name === undefined ? [] : ["name" as const]),
  ...(given.prefix === undefined ? [] : ["prefix" as const]),
  ...(given.composeFile === undefined ? [] : ["composeFile" as const]),
  ...(given.health === undefined ? [] : ["health" as const]),
  ...(given.mounts === undefined ? [] : ["code" as const, "codeTargets" as const]),
  ...(given.parameterize === undefined ? [] : ["parameterize" as const])
]

/** The question with its proposal, which Enter takes. */
const promptOf = (question: InitQuestion): string => {
  switch (question.kind) {
    case "text": {
      const clears = question.proposal === "" ? "" : `; ${nothing} for nothing`
      const optional = question.key === "name" || question.key === "prefix" ? "" : clears
      return `${question.text} (${question.why}${optional}) [${question.proposal}]: `
    }
    case "choice":
      return [
        `${question.text} (${question.why})`,
        ...question.choices.map((choice, index) => `  ${index + 1}. ${choice}`),
        `[${question.choices.indexOf(question.proposal) + 1}]: `
      ].join("\n")
    case "confirm":
      return `${question.text}? (${question.why}) [${question.proposal ? "Y/n" : "y/N"}]: `
  }
}

/** What a reply means: the proposal for Enter, a choice for its number. */
const meaningOf = (question: InitQuestion, reply: string): string | boolean => {
  const typed = reply.trim()
  if (typed === "") return question.proposal
  switch (question.kind) {
    case "text":
      return typed === nothing ? "" : typed
    case "choice":
      return (/^\d+$/u.test(typed) ? question.choices[Number(typed) - 1] : undefined) ?? typed
    case "confirm":
      return isYes(typed)
  }
}
