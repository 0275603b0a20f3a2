import type { JournalRecord } from "../operation/Journal.ts"
import type { OperationId } from "../operation/OperationId.ts"
import { composeProjectOf, type Slot } from "../slot/Slot.ts"
import type { RegistryRecovery, UnreadableClaim } from "../slot/SlotRegistry.ts"
import type { WorktreeInspection } from "../worktree/Git.ts"
import type { Container, EngineObject } from "./Containers.ts"
import type { KnownWorktree } from "./Inventory.ts"

/** Something left behind or broken, with evidence and what mends it. */
export interface Finding {
  /** Stable name of the kind of finding. */
  readonly kind:
    | "dead-claim"
    | "vanished-worktree"
    | "missing-slot-folder"
    | "orphan-slot-folder"
    | "orphan-sandbox"
    | "lost-claim"
    | "half-made-worktree"
    | "left-branch"
    | "unfinished-operation"
    | "registry-recovered"
    | "unreadable-claim"
    | "engine-unavailable"
    | "missing-tool"
  /** What it is about: a slot, a path, a Compose project. */
  readonly subject: string
  /** What was seen. */
  readonly evidence: string
  /** What mends it, or null when a person must decide. */
  readonly action: DoctorAction | null
  /** For a person: the command to run, or what to know. */
  readonly hint: string | null
}

/** One thing that doctor does. */
export type DoctorAction =
  | { readonly _tag: "ReleaseSlot"; readonly slot: Slot; readonly reason: string }
  | { readonly _tag: "SweepSandbox"; readonly composeProject: string; readonly reason: string }
  | { readonly _tag: "RemoveSlotFolder"; readonly path: string; readonly reason: string }
  | {
    readonly _tag: "RemoveWorktree"
    readonly repository: string
    readonly path: string
    readonly reason: string
  }
  | {
    readonly _tag: "DeleteBranch"
    readonly repository: string
    readonly branch: string
    readonly head: string
    readonly reason: string
  }
  | { readonly _tag: "RepairRegistry"; readonly reason: string }
  | { readonly _tag: "RestoreClaim"; readonly slot: Slot; readonly reason: string }
  | { readonly _tag: "CloseOperation"; readonly id: OperationId; readonly reason: string }

/** An operation of a process that died, with what is left of its subject. */
export interface DeadOperation {
  readonly record: JournalRecord
  readonly kind: string
  readonly subject: string
  readonly details: Readonly<Record<string, string>>
}

/** Everything that doctor looks at. */
export interface DoctorObservation {
  readonly known: ReadonlyArray<KnownWorktree>
  readonly recovery: RegistryRecovery | null
  readonly unreadable: ReadonlyArray<UnreadableClaim>
  /** Slots whose `starting` process is dead. */
  readonly deadClaims: ReadonlySet<number>
  /** Worktrees that cannot be inspected are absent. */
  readonly inspections: ReadonlyMap<string, WorktreeInspection>
  /** Worktrees that cannot be inspected and hold nothing but git's own file. */
  readonly empty: ReadonlySet<string>
  /** Absolute paths of the folders in `<home>/slots`. */
  readonly slotFolders: ReadonlyArray<string>
  /** The Compose projects that the env files of slot folders name, by the folder's path. */
  readonly folderProjects: ReadonlyMap<string, string>
  /** Objects of the engine that bear Slipway's labels or belong to a claimed slot; null without an engine. */
  readonly engine: {
    readonly containers: ReadonlyArray<Container>
    readonly networks: ReadonlyArray<EngineObject>
    readonly volumes: ReadonlyArray<EngineObject>
    readonly images: ReadonlyArray<EngineObject>
  } | null
  readonly engineReason: string | null
  /** Where the registry was lost: claims that containers tell by their labels, of worktrees that stand. */
  readonly lostClaims: ReadonlyArray<Slot>
  readonly deadOperations: ReadonlyArray<DeadOperation>
  /**
   * Local branches of dead operations, by {@link branchKey}: present ones with their head, and whether their commits
   * are safe elsewhere.
   */
  readonly branches: ReadonlyMap<string, { readonly head: string; readonly safe: boolean }>
  /** This machine's Slipway home, to tell its own engine objects from another home's. */
  readonly home: string
  readonly missingTools: ReadonlyArray<{ readonly tool: string; readonly reason: string }>
}

/** The key of a repository's branch. */
export const branchKey = (repository: string, branch: string): string => `${repository}\0${branch}`

/** What a doctor's action does, in words. */
export const describeAction = (action: DoctorAction): string => {
  switch (action._tag) {
    case "ReleaseSlot":
      return `remove containers of ${composeProjectOf(action.slot)} and release slot ${action.slot.slot_id}`
    case "SweepSandbox":
      return `remove what the engine holds of ${action.composeProject}`
    case "RemoveSlotFolder":
      return `remove ${action.path}`
    case "RemoveWorktree":
      return `remove worktree ${action.path}`
    case "DeleteBranch":
      return `delete branch ${action.branch}`
    case "RepairRegistry":
      return "write the recovered slot registry"
    case "RestoreClaim":
      return `give slot ${action.slot.slot_id} back to ${action.slot.worktree_path}`
    case "CloseOperation":
      return "record that it was interrupted"
  }
}
