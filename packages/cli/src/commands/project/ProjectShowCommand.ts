import { specDetailsData, specDetailsText } from "../../output/ProjectOutput.ts"
import { command } from "../../parser/CommandDefinition.ts"
import { perform } from "../../Report.ts"
import { projectArgument } from "./ProjectFlags.ts"

/** `slipway project show`. */
export const projectShowCommand = command({
  name: "show",
  summary: "Show a spec project: its metadata, artifacts and checklist",
  examples: [
    { command: "slipway project show user-auth", description: "With every task and its box" },
    { command: "slipway project show user-auth --json", description: "For programs" }
  ],
  parameters: { name: projectArgument },
  run: ({ name }) =>
    perform({
      command: "project-show",
      label: `looking at ${name}`,
      work: ({ specProjects }, { directory }) => specProjects.show({ directory, name }),
      data: specDetailsData,
      text: (details, { style }) => specDetailsText(details, style)
    })
})
