import { Clock, Context, DateTime, Effect, Layer } from "effect"
import { Host, type ProcessIdentity } from "../operation/Host.ts"
import type { Repository } from "../project/Repository.ts"
import { describeRecovery, describeUnreadable, type RegistryError } from "../slot/SlotRegistry.ts"
import { type ChangedFile, Git, type WorktreeSummary } from "../worktree/Git.ts"
import { type Container, Containers } from "./Containers.ts"
import { Inventory, type InventorySnapshot, type KnownWorktree } from "./Inventory.ts"
import {
  containersOf,
  isPresent,
  type SandboxObservation,
  type SandboxState,
  sandboxState,
  serviceReports,
  slotUrls,
  worktreeProblems
} from "./OverviewRules.ts"
import type { SandboxUrl, ServiceReport } from "./SandboxReport.ts"
import { type SelectionError, selectWorktree } from "./Selection.ts"

/** One worktree of any project. */
export interface WorktreeRow {
  readonly project: string
  /** `spec`, `impl`, or `other` for a worktree that Slipway did not make. */
  readonly kind: "spec" | "impl" | "other"
  /** `feature` or `feature-milestone`; the folder's name for others. */
  readonly name: string
  readonly path: string
  readonly branch: string | null
  readonly slot: number | null
  readonly state: SandboxState | null
  readonly urls: ReadonlyArray<SandboxUrl>
  readonly changedFiles: number | null
  readonly ahead: number | null
  readonly behind: number | null
  /** ISO 8601 time of the slot's claim; null without a slot. */
  readonly claimedAt: string | null
  /** What is wrong with it and the command that mends it; empty when all is well. */
  readonly problems: ReadonlyArray<string>
}

/** All worktrees, and what could not be read. */
export interface WorktreeList {
  readonly worktrees: ReadonlyArray<WorktreeRow>
  readonly warnings: ReadonlyArray<string>
}

/** One worktree in detail. */
export interface WorktreeStatus extends WorktreeRow {
  readonly changes: ReadonlyArray<ChangedFile>
  readonly services: ReadonlyArray<ServiceReport>
  /** Seconds since the slot's claim; null without a slot. */
  readonly ageSeconds: number | null
  readonly warnings: ReadonlyArray<string>
}

/** Why there is no status to give. */
export type StatusError = RegistryError | SelectionError

/** What is there now: asked of git, the registry and the engine, never remembered. */
export class Overview extends Context.Service<Overview, {
  /** The worktrees of all projects of the registry, and of the folder's repository. */
  readonly worktrees: (request: { readonly directory: string }) => Effect.Effect<WorktreeList, RegistryError>
  /** One worktree: by name, or the one that the folder stands in. */
  readonly status: (
    request: { readonly directory: string; readonly name?: string }
  ) => Effect.Effect<WorktreeStatus, StatusError>
}>()("@slipway/core/sandbox/Overview") {
  static readonly layer: Layer.Layer<Overview, never, Inventory | Git | Containers | Host> = Layer.effect(
    Overview,
    Effect.gen(function*() {
      const inventory = yield* Inventory
      const git = yield* Git
      const engine = yield* Containers
      const host = yield* Host

      /** Null when no engine answers, with its words. */
      const listContainers = engine.list({}).pipe(
        Effect.map((containers) => ({ containers, warnings: [] as ReadonlyArray<string> })),
        Effect.catch((error) => Effect.succeed({ containers: null, warnings: [error.message] }))
      )

      /** Without a slot there is nothing to ask the engine for, and asking takes its time. */
      const noContainers = Effect.succeed({
        containers: [] as ReadonlyArray<Container>,
        warnings: [] as ReadonlyArray<string>
      })

      const livingStarters = Effect.fnUntraced(function*(known: ReadonlyArray<KnownWorktree>) {
        const starters = known.flatMap(({ slot }) => slot?.process === undefined ? [] : [slot.process])
        const alive = yield* Effect.filter(starters, host.isAlive, { concurrency: 8 })
        return (process: ProcessIdentity) => alive.includes(process)
      })

      const baseOf = (repository: Repository) =>
        git.defaultBranch(repository).pipe(
          Effect.map((branch) => branch.ref),
          Effect.catch(() => Effect.succeed(null))
        )

      const summarise = Effect.fnUntraced(function*(known: KnownWorktree, base: string | null) {
        if (!isPresent(known)) return { summary: null, warnings: [] }
        return yield* git.summary(known.path, base).pipe(
          Effect.map((summary) => ({ summary, warnings: [] as ReadonlyArray<string> })),
          Effect.catch((error) => Effect.succeed({ summary: null, warnings: [`${known.path}: ${error.message}`] }))
        )
      })

      const worktrees = Effect.fn("Overview.worktrees")(function*(request: { readonly directory: string }) {
        const seen = yield* inventory.observe(request.directory)
        const isAlive = yield* livingStarters(seen.known)
        const repositories = new Map(
          seen.known.flatMap(({ repository }) => repository === null ? [] : [[repository.main, repository] as const])
        )
        const bases = new Map(
          yield* Effect.forEach(
            repositories.values(),
            (repository) => Effect.map(baseOf(repository), (base) => [repository.main, base] as const),
            { concurrency: 8 }
          )
        )
        const [listed, summaries] = yield* Effect.all([
          seen.slots.length === 0 ? noContainers : listContainers,
          Effect.forEach(seen.known, (known) => summarise(known, bases.get(known.repository?.main ?? "") ?? null), {
            concurrency: 8
          })
        ], { concurrency: 2 })
        const rows = seen.known.map((known, index) =>
          rowOf({ known, containers: listed.containers, isAlive }, summaries[index]?.summary ?? null)
        )
        return {
          worktrees: rows.toSorted(byProjectAndName),
          warnings: [
            ...registryWarnings(seen),
            ...seen.warnings,
            ...listed.warnings,
            ...summaries.flatMap(({ warnings }) => warnings)
          ]
        }
      })

      const status = Effect.fn("Overview.status")(function*(
        request: { readonly directory: string; readonly name?: string }
      ) {
        const seen = yield* inventory.observe(request.directory)
        const { known } = yield* selectWorktree(seen, request)
        const isAlive = yield* livingStarters([known])
        const base = known.repository === null ? null : yield* baseOf(known.repository)
        const [listed, { summary, warnings }] = yield* Effect.all([
          known.slot === null ? noContainers : listContainers,
          summarise(known, base)
        ], { concurrency: 2 })
        const now = yield* Clock.currentTimeMillis
        return {
          ...rowOf({ known, containers: listed.containers, isAlive }, summary),
          changes: summary?.changes ?? [],
          services: known.slot === null || listed.containers === null
            ? []
            : serviceReports(containersOf(known.slot, listed.containers)),
          ageSeconds: known.slot === null ? null : ageSeconds(known.slot.claimed_at, now),
          warnings: [
            ...registryWarnings(seen),
            ...seen.warnings,
            ...listed.warnings,
            ...warnings
          ]
        }
      })

      return Overview.of({ worktrees, status })
    })
  )
}

const rowOf = (observation: SandboxObservation, summary: WorktreeSummary | null): WorktreeRow => {
  const { known } = observation
  return {
    project: known.project,
    kind: known.identity.kind,
    name: known.identity.name,
    path: known.path,
    branch: summary?.branch ?? known.worktree?.branch ?? null,
    slot: known.slot?.slot_id ?? null,
    state: sandboxState(observation),
    urls: known.slot === null ? [] : slotUrls(known.slot),
    changedFiles: summary?.changes.length ?? null,
    ahead: summary?.ahead ?? null,
    behind: summary?.behind ?? null,
    claimedAt: known.slot?.claimed_at ?? null,
    problems: worktreeProblems(observation)
  }
}

/** What to tell of a registry that was damaged, or lost, and put right, and of entries that cannot be read. */
export const registryWarnings = (
  seen: Pick<InventorySnapshot, "recovery" | "unreadable">
): ReadonlyArray<string> => [
  ...(seen.recovery === null ? [] : [describeRecovery(seen.recovery)]),
  ...seen.unreadable.map(describeUnreadable)
]

const ageSeconds = (claimedAt: string, now: number): number | null => {
  const claimed = DateTime.make(claimedAt)
  return claimed._tag === "None" ? null : Math.max(0, Math.round((now - DateTime.toEpochMillis(claimed.value)) / 1000))
}

const byProjectAndName = (a: WorktreeRow, b: WorktreeRow): number =>
  compare(a.project, b.project) || compare(a.name, b.name)

const compare = (a: string, b: string): number => a < b ? -1 : a > b ? 1 : 0
