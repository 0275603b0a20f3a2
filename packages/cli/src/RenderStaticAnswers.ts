import { slipwayCommand } from "./Cli.ts"
import { completionScript } from "./completions/CompletionScript.ts"
import { helpText } from "./output/HelpText.ts"
import { colourStyle } from "./output/Style.ts"
import { helpTree } from "./parser/CommandHelp.ts"
import type { StaticAnswers } from "./StaticAnswers.ts"

/** Renders what the command tree alone answers: help of every command, and the completion scripts. */
export const renderStaticAnswers = (): StaticAnswers => {
  const commands = helpTree(slipwayCommand)
  return {
    commands: commands.map((help) => ({ help, text: helpText(help, colourStyle) })),
    completions: {
      bash: completionScript("bash", commands),
      zsh: completionScript("zsh", commands),
      fish: completionScript("fish", commands)
    }
  }
}
