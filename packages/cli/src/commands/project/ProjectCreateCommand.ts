import { Result } from "effect"
import { createdSpecData, createdSpecText } from "../../output/ProjectOutput.ts"
import { command } from "../../parser/CommandDefinition.ts"
import { choiceFlag, type Flag, requiredArgument, textFlag, textsFlag } from "../../parser/Parameter.ts"
import { perform } from "../../Report.ts"
import { dryRunFlag } from "../SharedFlags.ts"

const anyFormat = choiceFlag("--format", "TOOL", "The tool whose files it has; must be given", ["kiro", "codev"])

/** `--format`, which has no default: a project has one format, and keeps it. */
const formatFlag: Flag<"kiro" | "codev"> = {
  ...anyFormat,
  read: (values) =>
    Result.flatMap(
      anyFormat.read(values),
      (format) => format === null ? Result.fail("--format is missing: it is kiro or codev") : Result.succeed(format)
    )
}

/** `slipway project create`. */
export const projectCreateCommand = command({
  name: "create",
  summary: "Make a project: its folder, metadata.json, and what its tool needs to find it",
  examples: [
    { command: "slipway project create user-auth --format kiro", description: "Kiro finds it in .kiro/specs" },
    {
      command: "slipway project create xml-adapter --format codev --title 'XML adapter' --tag gateway",
      description: "Codev finds it by the next number"
    }
  ],
  parameters: {
    name: requiredArgument("NAME", "Its name: letters, digits, ., _ and -"),
    format: formatFlag,
    title: textFlag("--title", "TEXT", "For people; made of the name when absent"),
    description: textFlag("--description", "TEXT", "What it is about"),
    tags: textsFlag("--tag", "TAG", "A tag; can be repeated"),
    dryRun: dryRunFlag
  },
  run: ({ description, dryRun, format, name, tags, title }) => {
    const request = {
      name,
      format,
      tags,
      ...(title === null ? {} : { displayName: title }),
      ...(description === null ? {} : { description })
    }
    return perform({
      command: "project-create",
      label: dryRun ? "planning" : `creating ${name}`,
      work: ({ specProjects }, { directory }) =>
        dryRun
          ? specProjects.planCreate({ ...request, directory })
          : specProjects.create({ ...request, directory }),
      data: (created) => createdSpecData(created, dryRun),
      text: (created, { style }) => createdSpecText(created, dryRun, style)
    })
  }
})
