import type { SandboxConfig } from "../project/InfraConfig.ts"
import { composeProjectOf, type Slot } from "../slot/Slot.ts"
import type { ComposeProject } from "./Compose.ts"
import { portVariables, slotFiles } from "./Teardown.ts"

/** What a sandbox's Compose project is made of. */
export interface LaunchProjectInput {
  readonly sandbox: Pick<SandboxConfig, "composeFile" | "env" | "profiles">
  /** Absolute path. */
  readonly worktree: string
  /** Absolute path of the worktree's own `.env`, beside the compose file; null without one. */
  readonly ownEnv: string | null
  /** Absolute path of `.env.secrets`, or null. */
  readonly secretsFile: string | null
  readonly secrets: Readonly<Record<string, string>>
}

/** Where a worktree's own `.env` would be: beside the compose file. */
export const ownEnvOf = ({ sandbox, worktree }: Pick<LaunchProjectInput, "sandbox" | "worktree">): string =>
  `${directoryOf(`${worktree}/${sandbox.composeFile}`)}/.env`

/** The compose files of a worktree in a slot, with the worktree's own `.env` first and the slot's last. */
export const launchProject = (input: LaunchProjectInput, slot: Slot, withOverride: boolean): ComposeProject => {
  const composeFile = `${input.worktree}/${input.sandbox.composeFile}`
  return {
    name: composeProjectOf(slot),
    directory: directoryOf(composeFile),
    files: withOverride ? [composeFile, `${slot.slot_dir}/${slotFiles.override}`] : [composeFile],
    envFiles: [input.ownEnv, input.secretsFile, `${slot.slot_dir}/${slotFiles.env}`].filter((file) => file !== null),
    // Also secrets: a variable of the caller's shell would win over the env files.
    variables: { ...input.sandbox.env, ...input.secrets, ...portVariables(slot) },
    profiles: input.sandbox.profiles
  }
}

const directoryOf = (path: string): string => path.slice(0, path.lastIndexOf("/"))
