import type { CommandHelp } from "../parser/CommandHelp.ts"
import { bashCompletion } from "./BashCompletion.ts"
import { fishCompletion } from "./FishCompletion.ts"
import { zshCompletion } from "./ZshCompletion.ts"

/** The shells that can be completed. */
const shells = ["bash", "zsh", "fish"] as const
export type Shell = typeof shells[number]

/** The script that completes `slipway` in a shell. */
export const completionScript = (shell: Shell, commands: ReadonlyArray<CommandHelp>): string => {
  switch (shell) {
    case "bash":
      return bashCompletion(commands)
    case "zsh":
      return zshCompletion(commands)
    case "fish":
      return fishCompletion(commands)
  }
}
