import { choiceFlag, requiredArgument } from "../../parser/Parameter.ts"
import { changeCommand } from "./ChangeCommand.ts"

/** `slipway feature comment`. */
export const commentCommand = changeCommand({
  name: "comment",
  schema: "feature-comment",
  summary: "Add a comment; a blocker and a question hold the feature up until they are resolved",
  examples: [
    {
      command: "slipway feature comment user-auth 'the login page is frozen' --kind blocker",
      description: "Nothing goes on before it is resolved"
    },
    {
      command: "slipway feature comment user-auth 'which provider?' --kind question",
      description: "Somebody has to answer"
    }
  ],
  parameters: {
    text: requiredArgument("TEXT", "What there is to say"),
    kind: choiceFlag("--kind", "KIND", "What it is, a note when absent", ["blocker", "question", "decision", "note"])
  },
  intent: ({ kind, text }) => ({ _tag: "Comment", kind: kind ?? "note", text })
})
