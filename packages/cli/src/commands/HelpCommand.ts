import { Argument, Command } from "effect/cli"
import { HelpRequest } from "../HelpRequest.ts"

/** `slipway help`. */
export const helpCommand = Command.make("help", {
  path: Argument.String("command").pipe(
    Argument.withMetavar("COMMAND"),
    Argument.withDescription("A command, such as `impl` or `sandbox exec`"),
    Argument.variadic()
  )
}, ({ path }) => new HelpRequest({ topic: { _tag: "Help", path } })).pipe(
  Command.withDescription("Show how a command is used"),
  Command.withExamples([
    { command: "slipway help", description: "All commands" },
    { command: "slipway help sandbox exec", description: "One command" }
  ])
)
