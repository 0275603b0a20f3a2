import { HelpRequest } from "../HelpRequest.ts"
import { command } from "../parser/CommandDefinition.ts"
import { choiceArgument } from "../parser/Parameter.ts"

/** `slipway completions`. */
export const completionsCommand = command({
  name: "completions",
  summary: "Print a shell script that completes commands, flags and the names of worktrees",
  examples: [
    { command: "source <(slipway completions bash)", description: "In ~/.bashrc" },
    { command: "source <(slipway completions zsh)", description: "In ~/.zshrc, after compinit" },
    { command: "slipway completions fish | source", description: "In ~/.config/fish/config.fish" }
  ],
  parameters: { shell: choiceArgument("SHELL", "bash, zsh or fish", ["bash", "zsh", "fish"]) },
  run: ({ shell }) => new HelpRequest({ topic: { _tag: "Completions", shell } })
})
