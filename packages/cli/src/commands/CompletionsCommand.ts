import { Argument, Command } from "effect/cli"
import { HelpRequest } from "../HelpRequest.ts"

/** `slipway completions`. */
export const completionsCommand = Command.make("completions", {
  shell: Argument.Literals("shell", ["bash", "zsh", "fish"]).pipe(
    Argument.withMetavar("SHELL"),
    Argument.withDescription("bash, zsh or fish")
  )
}, ({ shell }) => new HelpRequest({ topic: { _tag: "Completions", shell } })).pipe(
  Command.withDescription("Print a shell script that completes commands, flags and the names of worktrees"),
  Command.withExamples([
    { command: "source <(slipway completions bash)", description: "In ~/.bashrc" },
    { command: "source <(slipway completions zsh)", description: "In ~/.zshrc, after compinit" },
    { command: "slipway completions fish | source", description: "In ~/.config/fish/config.fish" }
  ])
)
