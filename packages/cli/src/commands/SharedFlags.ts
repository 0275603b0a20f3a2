import { optionalArgument, switchFlag, textFlag } from "../parser/Parameter.ts"

const whichWorktree = "A worktree's name, branch or folder; the worktree you are in when absent"

/** `--dry-run`. */
export const dryRunFlag = switchFlag("--dry-run", "Show what would be done and change nothing")

/** `-y`, `--yes`. */
export const yesFlag = (description: string) => switchFlag("--yes", description, { short: "-y" })

/** An optional `NAME`: without it the worktree that one stands in. */
export const nameArgument = optionalArgument("NAME", whichWorktree)

/** `--name NAME`, where the arguments are taken by something else. */
export const nameFlag = textFlag("--name", "NAME", whichWorktree)

/** The part of a request that names a worktree; empty when none was named. */
export const given = (name: string | null): { readonly name?: string } => name === null ? {} : { name }
