import { crdDocuments, crdYaml } from "@slipway/core"
import { slipwayCommand } from "./Cli.ts"
import { completionScript } from "./completions/CompletionScript.ts"
import { successEnvelope } from "./output/Envelope.ts"
import { helpText } from "./output/HelpText.ts"
import { colourStyle } from "./output/Style.ts"
import { helpTree } from "./parser/CommandHelp.ts"
import type { StaticAnswers } from "./StaticAnswers.ts"

/** Renders what is the same at every call: help of every command, the completion scripts, the CustomResourceDefinitions. */
export const renderStaticAnswers = (): StaticAnswers => {
  const commands = helpTree(slipwayCommand)
  return {
    commands: commands.map((help) => ({ help, text: helpText(help, colourStyle) })),
    completions: {
      bash: completionScript("bash", commands),
      zsh: completionScript("zsh", commands),
      fish: completionScript("fish", commands)
    },
    crd: { text: crdYaml().trimEnd(), json: successEnvelope("crd", { documents: crdDocuments() }) }
  }
}
