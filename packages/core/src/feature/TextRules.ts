import { artifacts } from "../project/LifecyclePolicy.ts"
import type { FeatureIntent } from "./FeatureIntent.ts"
import { TextInvalid } from "./FeatureProblem.ts"
import { commentKinds } from "./Lifecycle.ts"

/** The longest text that a log takes, in characters. */
const longestText = 20_000

/** Why a text cannot be taken; null when it can. Programs without types can give anything. */
export const textFault = (what: string, text: unknown): TextInvalid | null => {
  if (typeof text !== "string") return new TextInvalid({ what, reason: "is no text" })
  if (text.trim() === "") return new TextInvalid({ what, reason: "is empty" })
  return text.length > longestText
    ? new TextInvalid({ what, reason: `has ${text.length} characters, at most ${longestText} are allowed` })
    : null
}

const wordFault = (what: string, word: unknown, words: ReadonlyArray<string>): TextInvalid | null =>
  words.some((known) => known === word)
    ? null
    : new TextInvalid({
      what,
      reason: `cannot be ${JSON.stringify(word) ?? "nothing"}: it is one of ${words.join(", ")}`
    })

/** What is wrong with the words and texts of an intent; null when nothing is. */
export const intentFault = (intent: FeatureIntent): TextInvalid | null => {
  switch (intent._tag) {
    case "Submit":
    case "Approve":
      return wordFault("artifact", intent.artifact, artifacts)
    case "Reject":
    case "Waive":
    case "RevokeWaiver":
      return wordFault("artifact", intent.artifact, artifacts) ?? textFault("reason", intent.reason)
    case "AddTask":
      return textFault("title", intent.title)
    case "BlockTask":
    case "UnblockTask":
    case "CancelTask":
      return textFault("task", intent.task) ?? textFault("reason", intent.reason)
    case "StartTask":
    case "CompleteTask":
      return textFault("task", intent.task)
    case "DependTask":
      return textFault("task", intent.task) ?? textFault("task", intent.dependsOn)
    case "Depend":
      return textFault("feature", intent.dependsOn)
    case "Archive":
    case "Restore":
      return textFault("reason", intent.reason)
    case "Comment":
      return wordFault("kind", intent.kind, commentKinds) ?? textFault("text", intent.text)
    case "Resolve":
      return textFault("comment", intent.comment) ?? textFault("answer", intent.answer)
  }
}
