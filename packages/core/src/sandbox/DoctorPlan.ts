import { composeProjectOf, type Slot } from "../slot/Slot.ts"
import { describeRecovery, describeUnreadable } from "../slot/SlotRegistry.ts"
import { labels } from "./Containers.ts"
import { operationFindings } from "./DeadOperations.ts"
import type { DoctorObservation, Finding } from "./DoctorFinding.ts"
import { removalOf } from "./KeptVolumes.ts"
import { isPresent } from "./OverviewRules.ts"

/** Decides what is wrong and what mends it, in the order in which it must be done. Pure and total. */
export const planDoctor = (seen: DoctorObservation): ReadonlyArray<Finding> => [
  ...environmentFindings(seen),
  ...lostClaims(seen),
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

const lostClaims = (seen: DoctorObservation): ReadonlyArray<Finding> =>
  restorable(seen).map((slot) => {
    const evidence = `the containers of ${composeProjectOf(slot)} belong to ${slot.worktree_path}, whose claim is lost`
    return {
      kind: "lost-claim",
      subject: `slot ${slot.slot_id} (${slot.project})`,
      evidence,
      action: { _tag: "RestoreClaim", slot, reason: evidence },
      hint: null
    }
  })

/** Lost claims of slots and worktrees that no claim holds by now. */
const restorable = ({ known, lostClaims: lost }: DoctorObservation): ReadonlyArray<Slot> =>
  lost.filter((one) =>
    !known.some(({ slot }) =>
      slot !== null && (slot.slot_id === one.slot_id || slot.worktree_path === one.worktree_path)
    )
  )

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
  const claimed = new Set(claimedSlots(seen).map(composeProjectOf))
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

const claimedSlots = (seen: DoctorObservation): ReadonlyArray<Slot> => [
  ...seen.known.flatMap(({ slot }) => slot === null ? [] : [slot]),
  ...restorable(seen)
]

const unclaimedFolders = (seen: DoctorObservation): ReadonlyArray<string> => {
  const claimed = new Set(claimedSlots(seen).map((slot) => slot.slot_dir))
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
