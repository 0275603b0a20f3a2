import { Effect, Logger } from "effect"
import type { Screen } from "./Screen.ts"

/** Writes log lines as dim narration: with `-v` the commands that are run, with their times. */
export const screenLogger = (screen: Screen["Service"]): Logger.Logger<unknown, void> =>
  Logger.make(({ message }) => {
    const parts = Array.isArray(message) ? message : [message]
    const text = parts.map((part) => typeof part === "string" ? part : JSON.stringify(part)).join(" ")
    Effect.runSync(screen.narrate(screen.stderr.style.dim(text)))
  })
