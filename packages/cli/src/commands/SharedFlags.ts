import { Option } from "effect"
import { Argument, Flag } from "effect/cli"
import { switchFlag } from "../GlobalFlags.ts"

/** The part of a request that names a worktree; empty when none was named. */
export const given = (name: Option.Option<string>): { readonly name?: string } =>
  Option.match(name, { onNone: () => ({}), onSome: (name) => ({ name }) })

/** `--dry-run`. */
export const dryRunFlag = switchFlag("dry-run", "Show what would be done and change nothing")

/** `-y`, `--yes`. */
export const yesFlag = (description: string) => switchFlag("yes", description).pipe(Flag.withAlias("y"))

/** An optional `NAME`: without it the worktree that one stands in. */
export const nameArgument = Argument.String("name").pipe(
  Argument.withMetavar("NAME"),
  Argument.withDescription("A worktree's name, branch or folder; the worktree you are in when absent"),
  Argument.optional
)

/** `--name NAME`, where the arguments are taken by something else. */
export const nameFlag = Flag.String("name").pipe(
  Flag.withMetavar("NAME"),
  Flag.withDescription("A worktree's name, branch or folder; the worktree you are in when absent"),
  Flag.optional
)
