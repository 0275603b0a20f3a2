import { Context, Effect, Layer } from "effect"
import { Projects } from "../project/Project.ts"
import type { Repository } from "../project/Repository.ts"
import type { Slot } from "../slot/Slot.ts"
import { type RegistryError, type RegistryRecovery, SlotRegistry, type UnreadableClaim } from "../slot/SlotRegistry.ts"
import { Git, type GitFailed, type GitWorktree } from "../worktree/Git.ts"
import { identifyWorktree, type WorktreeIdentity } from "../worktree/WorktreeIdentity.ts"

/** A worktree or a slot's claim, or both: what belongs together. */
export interface KnownWorktree {
  readonly project: string
  readonly path: string
  readonly identity: WorktreeIdentity
  /** Null when neither the registry nor git knows the repository any more. */
  readonly repository: Repository | null
  /** Null when git does not know the worktree. */
  readonly worktree: GitWorktree | null
  readonly slot: Slot | null
}

/** All that is known of worktrees and slots on this machine, seen from one folder. */
export interface InventorySnapshot {
  readonly known: ReadonlyArray<KnownWorktree>
  readonly slots: ReadonlyArray<Slot>
  /** The repository of the folder, or null outside of one. */
  readonly here: Repository | null
  readonly recovery: RegistryRecovery | null
  /** Whether the registry may lack claims. */
  readonly mayLack: boolean
  readonly unreadable: ReadonlyArray<UnreadableClaim>
  readonly warnings: ReadonlyArray<string>
}

/** Joins the claims of the registry with the worktrees that git knows. */
export class Inventory extends Context.Service<Inventory, {
  readonly observe: (directory: string) => Effect.Effect<InventorySnapshot, RegistryError>
}>()("@slipway/core/sandbox/Inventory") {
  static readonly layer: Layer.Layer<Inventory, never, Git | SlotRegistry | Projects> = Layer.effect(
    Inventory,
    Effect.gen(function*() {
      const git = yield* Git
      const registry = yield* SlotRegistry
      const projects = yield* Projects

      const observeRepository = Effect.fnUntraced(function*(repository: Repository) {
        const [worktrees, project] = yield* Effect.all([
          git.worktrees(repository),
          projects.describe(repository)
        ], { concurrency: 2 })
        return { repository, project, worktrees: worktrees.filter((worktree) => !worktree.isMain) }
      })

      const observe = Effect.fn("Inventory.observe")(function*(directory: string) {
        const here = yield* git.repository(directory).pipe(Effect.catch(() => Effect.succeed(null)))
        const snapshot = yield* registry.read
        const warnings: Array<string> = []
        const roots = new Set(snapshot.slots.map((slot) => slot.repository ?? slot.worktree_path))
        const repositories = new Map<string, Repository>(here === null ? [] : [[here.main, here]])
        yield* Effect.forEach(roots, (root) =>
          repositories.has(root) ? Effect.void : git.repository(root).pipe(
            Effect.tap((repository) => Effect.sync(() => repositories.set(repository.main, repository))),
            Effect.catchTag("NotARepository", () => Effect.void),
            Effect.catchTag("GitFailed", (error: GitFailed) => Effect.sync(() => warnings.push(error.message)))
          ), { concurrency: 8, discard: true })

        const observed = yield* Effect.forEach(
          repositories.values(),
          (repository) =>
            observeRepository(repository).pipe(
              Effect.catchTag("GitFailed", (error) => {
                warnings.push(error.message)
                return Effect.succeed(null)
              })
            ),
          { concurrency: 8 }
        )

        return {
          known: joinWorktrees(observed.filter((one) => one !== null), snapshot.slots),
          slots: snapshot.slots,
          here,
          recovery: snapshot.recovery,
          mayLack: snapshot.mayLack,
          unreadable: snapshot.unreadable,
          warnings
        }
      })

      return Inventory.of({ observe })
    })
  )
}

/** One repository with its linked worktrees. */
export interface ObservedRepository {
  readonly repository: Repository
  readonly project: { readonly name: string; readonly prefix: string }
  readonly worktrees: ReadonlyArray<GitWorktree>
}

/**
 * Joins worktrees and slots by path: each worktree once, and each slot whose worktree is gone once.
 */
export const joinWorktrees = (
  repositories: ReadonlyArray<ObservedRepository>,
  slots: ReadonlyArray<Slot>
): ReadonlyArray<KnownWorktree> => {
  const bySlotPath = new Map(slots.map((slot) => [slot.worktree_path, slot]))
  const present = repositories.flatMap(({ project, repository, worktrees }) =>
    worktrees.map((worktree): KnownWorktree => {
      const slot = bySlotPath.get(worktree.path) ?? null
      return {
        project: slot?.project ?? project.name,
        path: worktree.path,
        identity: identifyWorktree(worktree, project.prefix),
        repository,
        worktree,
        slot
      }
    })
  )
  const joined = new Set(present.map((known) => known.path))
  const vanished = slots.filter((slot) => !joined.has(slot.worktree_path)).map((slot): KnownWorktree => {
    const home = repositories.find(({ repository }) => repository.main === slot.repository)
    return {
      project: slot.project,
      path: slot.worktree_path,
      identity: identifyWorktree({ path: slot.worktree_path, branch: null }, home?.project.prefix ?? slot.project),
      repository: home?.repository ?? null,
      worktree: null,
      slot
    }
  })
  return [...present, ...vanished]
}
