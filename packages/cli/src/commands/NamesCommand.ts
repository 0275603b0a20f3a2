import type { Overview } from "@slipway/core"
import { Effect } from "effect"
import { command } from "../parser/CommandDefinition.ts"
import { choiceArgument } from "../parser/Parameter.ts"
import { perform } from "../Report.ts"
import { given, nameFlag } from "./SharedFlags.ts"

/** `slipway __names`: what completion scripts ask for. Unlisted; a failure gives no names. */
export const namesCommand = command({
  name: "__names",
  summary: "Names for completion scripts",
  examples: [],
  isListed: false,
  parameters: {
    what: choiceArgument("WHAT", "Which names", ["worktrees", "services"]),
    name: nameFlag
  },
  run: ({ name, what }) =>
    perform({
      command: "names",
      label: "looking for names",
      writesItself: true,
      work: ({ overview }, { directory }) =>
        namesOf(overview, what, { ...given(name), directory }).pipe(
          Effect.orElseSucceed((): ReadonlyArray<string> => [])
        ),
      data: (names) => ({ names }),
      text: (names) => names.join("\n")
    })
})

const namesOf = (
  overview: Overview["Service"],
  what: "worktrees" | "services",
  request: { readonly directory: string; readonly name?: string }
) =>
  what === "worktrees"
    ? Effect.map(overview.worktrees(request), ({ worktrees }) =>
      worktrees.filter(({ kind }) => kind !== "other").map(({ name }) => name))
    : Effect.map(overview.status(request), ({ services }) =>
      services.map(({ service }) => service))
