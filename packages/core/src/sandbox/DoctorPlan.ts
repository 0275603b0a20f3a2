import type { JournalRecord } from "../operation/Journal.ts"
import type { OperationId } from "../operation/OperationId.ts"
import { composeProjectOf, type Slot } from "../slot/Slot.ts"
import {
  describeRecovery,
  describeUnreadable,
  type RegistryRecovery,
  type UnreadableClaim
} from "../slot/SlotRegistry.ts"
import type { WorktreeInspection } from "../worktree/Git.ts"
import { type Container, type EngineObject, labels } from "./Containers.ts"
import type { KnownWorktree } from "./Inventory.ts"
import { removalOf } from "./KeptVolumes.ts"
import { isPresent } from "./OverviewRules.ts"

/** Something left behind or broken, with evidence and what mends it. */
export interface Finding {
  /** Stable name of the kind of finding. */
  readonly kind:
    | "dead-claim"
    | "vanished-worktree"
    | "missing-slot-folder"
    | "orphan-slot-folder"
    | "orphan-sandbox"
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

/** Decides what is wrong and what mends it, in the order in which it must be done. Pure and total. */
export const planDoctor = (seen: DoctorObservation): ReadonlyArray<Finding> => [
  ...environmentFindings(seen),
  ...claimFindings(seen),
  ...orphanSandboxes(seen),
  ...orphanFolders(seen),
  ...vanishedWorktrees(seen),
  ...operationFindings(seen)
]

const environmentFindings = (seen: DoctorObservation): ReadonlyArray<Finding> => [
  ...(seen.recovery === null ? [] : [{
    kind: "registry-recovered" as const,
    subject: "registry",
    evidence: describeRecovery(seen.recovery),
    action: { _tag: "RepairRegistry" as const, reason: "so that the next reader need not recover it again" },
    hint: null
  }]),
  ...seen.unreadable.map((claim) => ({
    kind: "unreadable-claim" as const,
    subject: `registry entry ${claim.key}`,
    evidence: describeUnreadable(claim),
    action: null,
    hint: `mend the entry in ${seen.home}/registry.json, or delete it: then its slot can be claimed again`
  })),
  ...(seen.engineReason === null ? [] : [{
    kind: "engine-unavailable" as const,
    subject: "docker",
    evidence: seen.engineReason,
    action: null,
    hint: "start Docker and run `slipway doctor` again: containers could not be looked at"
  }]),
  ...seen.missingTools.map(({ reason, tool }) => ({
    kind: "missing-tool" as const,
    subject: tool,
    evidence: reason,
    action: null,
    hint: `install ${tool}`
  }))
]

/** Claims that nobody stands behind: of a killed process, or of a worktree that is gone. */
const claimFindings = (seen: DoctorObservation): ReadonlyArray<Finding> =>
  seen.known.flatMap((known): ReadonlyArray<Finding> => {
    const { slot } = known
    if (slot === null) return []
    if (seen.deadClaims.has(slot.slot_id)) {
      const evidence = `slot ${slot.slot_id} is \`starting\` by process ${slot.process?.pid ?? "?"}, which is dead`
      return [release("dead-claim", slot, evidence)]
    }
    if (known.worktree !== null && known.worktree.missing && known.worktree.locked !== null) {
      return [{
        kind: "vanished-worktree",
        subject: known.path,
        evidence: `slot ${slot.slot_id} is claimed by ${known.path}, which is not there, but locked`,
        action: null,
        hint: `its folder may come back; \`slipway done --force ${known.identity.name}\` gives it up`
      }]
    }
    if (!isPresent(known)) {
      return [release("vanished-worktree", slot, `slot ${slot.slot_id} is claimed by ${known.path}, which is gone`)]
    }
    if (!seen.slotFolders.includes(slot.slot_dir) && slot.status !== "starting") {
      return [{
        kind: "missing-slot-folder",
        subject: slot.slot_dir,
        evidence: `the folder of slot ${slot.slot_id} is gone`,
        action: null,
        hint: `\`slipway sandbox start ${known.identity.name}\` makes it anew`
      }]
    }
    return []
  })

const release = (kind: "dead-claim" | "vanished-worktree", slot: Slot, evidence: string): Finding => ({
  kind,
  subject: `slot ${slot.slot_id} (${slot.project})`,
  evidence,
  action: { _tag: "ReleaseSlot", slot, reason: evidence },
  hint: null
})

/**
 * What the engine holds for which there is no claim: with Slipway's labels, of this home, or without any, of a Compose
 * project that one of the slot folders names, as the seed's tool leaves it.
 */
const orphanSandboxes = (seen: DoctorObservation): ReadonlyArray<Finding> => {
  if (seen.engine === null) return []
  const claimed = new Set(
    seen.known.flatMap(({ slot }) => slot === null ? [] : [composeProjectOf(slot)])
  )
  const { containers, images, networks, volumes } = seen.engine
  const all = [
    ...containers.map((object) => ({ kind: "container", object })),
    ...networks.map((object) => ({ kind: "network", object })),
    ...volumes.map((object) => ({ kind: "volume", object })),
    ...images.map((object) => ({ kind: "image", object }))
  ].map((one) => ({
    ...one,
    composeProject: one.object.labels[labels.composeProject],
    owner: one.object.labels[labels.home]
  }))
  const told = new Set(unclaimedFolders(seen).map((path) => seen.folderProjects.get(path)))
  const foreign = new Set(
    all.flatMap(({ composeProject, owner }) => owner === undefined || owner === seen.home ? [] : [composeProject])
  )
  const found = Map.groupBy(
    all.filter(({ composeProject, owner }) =>
      owner === seen.home || (owner === undefined && told.has(composeProject) && !foreign.has(composeProject))
    ),
    ({ composeProject }) => composeProject
  )
  return [...found].flatMap(([composeProject, objects]): ReadonlyArray<Finding> => {
    if (composeProject === undefined || claimed.has(composeProject) || mayBeClaimed(seen, composeProject)) return []
    const evidence = `no slot claims ${objects.map(({ kind, object }) => `${kind} ${object.name}`).join(", ")}`
    const isKept = objects.every(({ kind }) => kind === "volume")
    return [{
      kind: "orphan-sandbox",
      subject: composeProject,
      evidence,
      action: isKept ? null : { _tag: "SweepSandbox", composeProject, reason: evidence },
      hint: isKept
        ? `volumes alone are what \`done --keep-volumes\` keeps: ${
          removalOf(objects.map(({ object }) => object))
        } removes them`
        : null
    }]
  })
}

const unclaimedFolders = (seen: DoctorObservation): ReadonlyArray<string> => {
  const claimed = new Set(seen.known.flatMap(({ slot }) => slot === null ? [] : [slot.slot_dir]))
  return seen.slotFolders.filter((path) => !claimed.has(path) && !mayBeClaimed(seen, path))
}

/** Whether the slot of a Compose project or folder may be that of an entry which cannot be read. */
const mayBeClaimed = ({ unreadable }: DoctorObservation, name: string): boolean =>
  unreadable.some(({ key }) => !/^\d+$/u.test(key) || name.endsWith(`-${key}`))

/** Without an engine, a folder that alone tells of its containers stays. */
const orphanFolders = (seen: DoctorObservation): ReadonlyArray<Finding> =>
  unclaimedFolders(seen).map((path) => {
    const evidence = `no slot claims the folder ${path}`
    const isNeeded = seen.engine === null && seen.folderProjects.has(path)
    return {
      kind: "orphan-slot-folder",
      subject: path,
      evidence,
      action: isNeeded ? null : { _tag: "RemoveSlotFolder", path, reason: evidence },
      hint: isNeeded ? "start Docker and run `slipway doctor` again: it tells of containers" : null
    }
  })

/** git's records of worktrees whose folder is gone. Their branches are kept. */
const vanishedWorktrees = (seen: DoctorObservation): ReadonlyArray<Finding> =>
  seen.known.flatMap(({ identity, path, repository, worktree }): ReadonlyArray<Finding> => {
    if (worktree === null || !worktree.missing || worktree.branch === null || worktree.locked !== null) return []
    if (repository === null || identity.kind === "other") return []
    const evidence = `git lists the worktree ${path}, whose folder is gone`
    return [{
      kind: "vanished-worktree",
      subject: path,
      evidence,
      action: { _tag: "RemoveWorktree", repository: repository.main, path, reason: evidence },
      hint: null
    }]
  })

/** What a killed `impl`, `spec` or `done` left of its worktree and branch. */
const operationFindings = (seen: DoctorObservation): ReadonlyArray<Finding> =>
  seen.deadOperations.flatMap((operation): ReadonlyArray<Finding> => {
    const { details, kind, record, subject } = operation
    const { branch, repository, worktree } = details
    const evidence = `${kind} ${subject} (process ${processOf(record)}) was killed before it ended`
    const close: Finding = {
      kind: "unfinished-operation",
      subject: `${kind} ${subject}`,
      evidence,
      action: { _tag: "CloseOperation", id: record.id, reason: evidence },
      hint: null
    }
    if (repository === undefined || worktree === undefined || branch === undefined) return [close]
    const known = seen.known.find((candidate) => candidate.path === worktree)
    const makes = kind === "impl" || kind === "spec"
    const inspection = seen.inspections.get(worktree)
    if (makes && known !== undefined && isPresent(known)) {
      const untouched = inspection === undefined ? seen.empty.has(worktree) : isUntouched(inspection, record)
      if (!untouched) {
        const why = inspection === undefined
          ? "git cannot tell whether its worktree holds work"
          : "its worktree holds work"
        return [{
          ...close,
          evidence: `${evidence}; ${why}, so it is kept`,
          hint:
            `\`slipway sandbox start ${known.identity.name}\` goes on, \`slipway done ${known.identity.name}\` removes it`
        }]
      }
      return [
        {
          kind: "half-made-worktree",
          subject: worktree,
          evidence: `${evidence}; nobody has worked in its worktree`,
          action: { _tag: "RemoveWorktree", repository, path: worktree, reason: evidence },
          hint: null
        },
        ...leftBranch(seen, repository, branch, evidence),
        close
      ]
    }
    const present = known !== undefined && isPresent(known)
    return [...(present ? [] : leftBranch(seen, repository, branch, evidence)), close]
  })

const leftBranch = (
  seen: DoctorObservation,
  repository: string,
  branch: string,
  evidence: string
): ReadonlyArray<Finding> => {
  const found = seen.branches.get(branchKey(repository, branch))
  if (found === undefined || !found.safe) return []
  return [{
    kind: "left-branch",
    subject: branch,
    evidence: `${evidence}; the commits of its branch are safe elsewhere`,
    action: { _tag: "DeleteBranch", repository, branch, head: found.head, reason: evidence },
    hint: null
  }]
}

/** Nothing of a person or an agent is in it. While `worktree add` itself was cut off, files may be missing. */
const isUntouched = (inspection: WorktreeInspection, record: JournalRecord): boolean => {
  const added = record.events.some((event) => event._tag === "StepSucceeded" && event.step === "add-worktree")
  const changes = added ?
    inspection.changes :
    inspection.changes.filter((change) => change.kind !== "deleted" && change.kind !== "staged")
  return changes.length === 0 && inspection.stashes.length === 0 && inspection.unpushedCount === 0 &&
    inspection.inProgress === null
}

const processOf = (record: JournalRecord): string => {
  const started = record.events.find((event) => event._tag === "OperationStarted")
  return started?._tag === "OperationStarted" ? String(started.process.pid) : "?"
}

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
    case "CloseOperation":
      return "record that it was interrupted"
  }
}
