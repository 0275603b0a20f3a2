import { Effect, Layer } from "effect"
import { completionScript } from "./completions/CompletionScript.ts"
import { Invocation } from "./Invocation.ts"
import { helpText } from "./output/HelpText.ts"
import { Screen } from "./output/Screen.ts"
import { colourStyle, plainStyle } from "./output/Style.ts"
import { commandTree } from "./Parser.ts"
import type { StaticAnswers } from "./StaticAnswers.ts"

const nowhere = { isTerminal: false, columns: 80, style: plainStyle } as const

/** No command runs while help is rendered, so nothing is behind these. */
const unused = Layer.mergeAll(
  Layer.succeed(
    Screen,
    Screen.of({
      stdout: nowhere,
      stderr: nowhere,
      isAnimated: false,
      isInteractive: false,
      canAsk: false,
      answer: () => Effect.void,
      narrate: () => Effect.void,
      status: () => Effect.void,
      ask: () => Effect.succeed(null)
    })
  ),
  Layer.succeed(
    Invocation,
    Invocation.of({
      services: Effect.die("help needs no services"),
      directory: () => Effect.die("help needs no folder"),
      begin: () => Effect.void
    })
  )
)

/** Renders what the command tree alone answers: help of every command, and the completion scripts. */
export const renderStaticAnswers: Effect.Effect<StaticAnswers> = commandTree().pipe(
  Effect.map((commands) => ({
    commands: commands.map((help) => ({ help, text: helpText(help, colourStyle) })),
    completions: {
      bash: completionScript("bash", commands),
      zsh: completionScript("zsh", commands),
      fish: completionScript("fish", commands)
    }
  })),
  Effect.provide(unused)
)
