import { commandGroup } from "../../parser/CommandDefinition.ts"
import { projectCreateCommand } from "./ProjectCreateCommand.ts"
import { projectDoctorCommand } from "./ProjectDoctorCommand.ts"
import { projectListCommand } from "./ProjectListCommand.ts"
import { projectMigrateCommand } from "./ProjectMigrateCommand.ts"
import { projectShowCommand } from "./ProjectShowCommand.ts"

/** `slipway project`. */
export const projectCommand = commandGroup({
  name: "project",
  summary: "Spec projects of Kiro and Codev: one folder in .ai/projects, read by any tool",
  examples: [
    { command: "slipway project migrate --dry-run", description: "How existing specs would be moved" },
    { command: "slipway project create user-auth --format kiro", description: "A new one" },
    { command: "slipway project show user-auth", description: "Its artifacts and tasks" }
  ],
  groups: [{
    title: "Commands",
    commands: [
      projectCreateCommand,
      projectListCommand,
      projectShowCommand,
      projectMigrateCommand,
      projectDoctorCommand
    ]
  }]
})
