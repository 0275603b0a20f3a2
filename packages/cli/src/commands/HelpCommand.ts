import { HelpRequest } from "../HelpRequest.ts"
import { command } from "../parser/CommandDefinition.ts"
import { wordsArgument } from "../parser/Parameter.ts"

/** `slipway help`. */
export const helpCommand = command({
  name: "help",
  summary: "Show how a command is used",
  examples: [
    { command: "slipway help", description: "All commands" },
    { command: "slipway help sandbox exec", description: "One command" }
  ],
  parameters: { path: wordsArgument("COMMAND", "A command, such as `impl` or `sandbox exec`", false) },
  run: ({ path }) => new HelpRequest({ topic: { _tag: "Help", path } })
})
