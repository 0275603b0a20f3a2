import type { Problem } from "@slipway/core"
import { Effect } from "effect"
import type { Services } from "../Invocation.ts"
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
    what: choiceArgument("WHAT", "Which names", ["worktrees", "services", "projects", "features", "runs"]),
    name: nameFlag
  },
  run: ({ name, what }) =>
    perform({
      command: "names",
      label: "looking for names",
      writesItself: true,
      work: (services, { directory }) =>
        namesOf(services, what, { ...given(name), directory }).pipe(
          Effect.orElseSucceed((): ReadonlyArray<string> => [])
        ),
      data: (names) => ({ names }),
      text: (names) => names.join("\n")
    })
})

const namesOf = (
  { batches, features, overview, specProjects }: Services,
  what: "worktrees" | "services" | "projects" | "features" | "runs",
  request: { readonly directory: string; readonly name?: string }
): Effect.Effect<ReadonlyArray<string>, Problem> => {
  switch (what) {
    case "worktrees":
      return Effect.map(
        overview.worktrees(request),
        ({ worktrees }) => worktrees.filter(({ kind }) => kind !== "other").map(({ name }) => name)
      )
    case "services":
      return Effect.map(overview.status(request), ({ services }) => services.map(({ service }) => service))
    case "features":
      return Effect.map(features.list(request), (listing) => listing.features.map(({ feature }) => feature))
    case "runs":
      return Effect.map(batches.list, (runs) => runs.map(({ name }) => name))
    case "projects":
      return Effect.map(specProjects.list(request), ({ projects }) => projects.map(({ name }) => name))
  }
}
