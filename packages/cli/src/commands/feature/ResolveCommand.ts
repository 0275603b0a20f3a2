import { requiredArgument, textFlag } from "../../parser/Parameter.ts"
import { changeCommand } from "./ChangeCommand.ts"

/** `slipway feature resolve`. */
export const resolveCommand = changeCommand({
  name: "resolve",
  schema: "feature-resolve",
  summary: "Resolve a blocker or answer a question",
  examples: [
    {
      command: "slipway feature resolve user-auth comment-001 --answer 'the page is free again'",
      description: "The feature goes on"
    }
  ],
  parameters: {
    comment: requiredArgument("COMMENT", "Id of the comment, as comment-001"),
    answer: textFlag("--answer", "TEXT", "How it was resolved; kept in the feature's log", { short: "-m" })
  },
  intent: ({ answer, comment }) => ({ _tag: "Resolve", comment, answer: answer ?? "" })
})
