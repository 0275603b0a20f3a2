import { Effect, Result, Schema } from "effect"
import { matchWorktree, type NameAmbiguous, type WorktreeMissing } from "../worktree/WorktreeMatch.ts"
import type { InventorySnapshot, KnownWorktree } from "./Inventory.ts"

/** No name was given, and the folder is in no worktree of a feature. */
export class NotInAWorktree extends Schema.TaggedError<NotInAWorktree>()("NotInAWorktree", {
  directory: Schema.String
}) {
  readonly code = "worktree-missing" as const
  override get message(): string {
    return `${this.directory} is not in a worktree of a feature`
  }
  get hint(): string {
    return "name one: `slipway worktrees` lists them"
  }
}

/** Why no worktree was selected. */
export type SelectionError = NameAmbiguous | WorktreeMissing | NotInAWorktree

/** A selected worktree. */
export interface Selected {
  readonly known: KnownWorktree
  /** Whether the name was only a piece of the worktree's name, so that a person must confirm it. */
  readonly needsConfirmation: boolean
}

/** The worktree of a name or, without one, the worktree that the folder stands in. */
export const selectWorktree = (
  seen: InventorySnapshot,
  request: { readonly directory: string; readonly name?: string }
): Effect.Effect<Selected, SelectionError> => {
  if (request.name === undefined) {
    const known = seen.known.find((candidate) => candidate.path === seen.here?.current)
    return known === undefined
      ? Effect.fail(new NotInAWorktree({ directory: request.directory }))
      : Effect.succeed({ known, needsConfirmation: false })
  }
  const candidates = seen.known.map((known) => ({
    known,
    path: known.path,
    branch: known.worktree?.branch ?? null
  }))
  return Effect.fromResult(
    Result.map(matchWorktree(request.name, candidates), ({ needsConfirmation, worktree }) => ({
      known: worktree.known,
      needsConfirmation
    }))
  )
}
