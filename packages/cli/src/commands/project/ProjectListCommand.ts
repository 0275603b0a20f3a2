import { specProjectsData, specProjectsText } from "../../output/ProjectOutput.ts"
import { command } from "../../parser/CommandDefinition.ts"
import { perform } from "../../Report.ts"

/** `slipway project list`. */
export const projectListCommand = command({
  name: "list",
  aliases: ["ls"],
  summary: "List the spec projects with format, status and tasks",
  examples: [
    { command: "slipway project list", description: "A table; tab-separated when it goes into a pipe" },
    { command: "slipway project list --json", description: "For programs" }
  ],
  parameters: {},
  run: () =>
    perform({
      command: "project-list",
      label: "looking at projects",
      work: ({ specProjects }, { directory }) => specProjects.list({ directory }),
      data: specProjectsData,
      text: specProjectsText
    })
})
