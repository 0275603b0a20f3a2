import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import type { JournalRecord } from "../operation/Journal.ts"
import { OperationId } from "../operation/OperationId.ts"
import { slotNumbers } from "../slot/Slot.ts"
import type { WorktreeInspection } from "../worktree/Git.ts"
import { type EngineObject, labels } from "./Containers.ts"
import { branchKey, describeAction, type DoctorObservation } from "./DoctorFinding.ts"
import { planDoctor } from "./DoctorPlan.ts"
import type { KnownWorktree } from "./Inventory.ts"

const Entry = Schema.Struct({
  listed: Schema.Boolean,
  missing: Schema.Boolean,
  locked: Schema.Boolean,
  made: Schema.Boolean,
  slot: Schema.Boolean,
  status: Schema.Literals(["starting", "running", "stopped"]),
  dead: Schema.Boolean,
  folder: Schema.Boolean,
  operation: Schema.NullOr(Schema.Literals(["impl", "spec", "done"])),
  added: Schema.Boolean,
  inspected: Schema.Boolean,
  empty: Schema.Boolean,
  change: Schema.NullOr(Schema.Literals(["staged", "modified", "deleted", "untracked", "conflicted"])),
  stashed: Schema.Boolean,
  unpushed: Schema.Boolean,
  inProgress: Schema.Boolean,
  branchSafe: Schema.NullOr(Schema.Boolean)
})
type Entry = typeof Entry.Type

const Situation = Schema.Struct({
  entries: Schema.Array(Entry).check(Schema.isMaxLength(6)),
  orphans: Schema.Array(Schema.Struct({
    home: Schema.NullOr(Schema.Literals(["/home/ada/.devops-ai", "/home/bob/.devops-ai"])),
    number: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 }))
  })).check(Schema.isMaxLength(4)),
  engine: Schema.Boolean
})
type Situation = typeof Situation.Type

const home = "/home/ada/.devops-ai"
const main = "/code/shop"
const pathOf = (index: number) => `/code/shop-impl-f${index}`
const branchOf = (index: number) => `impl/f${index}`
const folderOf = (index: number) => `${home}/slots/shop-${slotOf(index)}`
const slotOf = (index: number) => slotNumbers.first + index
const isListed = (entry: Entry) => entry.listed || !entry.slot

const knownOf = (entry: Entry, index: number): KnownWorktree => ({
  project: "shop",
  path: pathOf(index),
  identity: { kind: entry.made ? "impl" : "other", name: `f${index}` },
  repository: { main, commonDirectory: `${main}/.git`, current: main },
  worktree: isListed(entry)
    ? {
      path: pathOf(index),
      branch: branchOf(index),
      head: "abc",
      isMain: false,
      locked: entry.locked ? "by hand" : null,
      missing: entry.missing,
      gitDirectory: `${main}/.git/worktrees/f${index}`
    }
    : null,
  slot: entry.slot
    ? {
      slot_id: slotOf(index),
      project: "shop",
      worktree_path: pathOf(index),
      slot_dir: folderOf(index),
      ports: {},
      claimed_at: "2026-02-08T15:30:00Z",
      status: entry.status,
      process: { pid: 7, startedAt: "1" }
    }
    : null
})

const inspectionOf = (entry: Entry): WorktreeInspection => ({
  branch: null,
  head: "abc",
  changes: entry.change === null ? [] : [{ path: "a.ts", kind: entry.change }],
  ignored: [],
  stashes: entry.stashed ? [{ ref: "stash@{0}", message: "WIP" }] : [],
  unpushed: [],
  unpushedCount: entry.unpushed ? 1 : 0,
  inProgress: entry.inProgress ? "rebase" : null,
  submodules: []
})

const recordOf = (entry: Entry, index: number): JournalRecord => ({
  id: OperationId.make(`20260208T15300000${index}Z-abcdef12`),
  events: entry.added ? [{ _tag: "StepSucceeded", at: "2026-02-08T15:30:00Z", step: "add-worktree", ms: 1 }] : [],
  unreadableLines: 0
})

const observationOf = ({ engine, entries, orphans }: Situation): DoctorObservation => {
  const numbered = entries.map((entry, index) => ({ entry, index }))
  return {
    known: entries.map(knownOf),
    recovery: null,
    unreadable: [],
    deadClaims: new Set(
      numbered.filter(({ entry }) => entry.slot && entry.status === "starting" && entry.dead)
        .map(({ index }) => slotOf(index))
    ),
    inspections: new Map(
      numbered.filter(({ entry }) => entry.inspected && isListed(entry) && !entry.missing)
        .map(({ entry, index }) => [pathOf(index), inspectionOf(entry)])
    ),
    empty: new Set(
      numbered.filter(({ entry }) => !entry.inspected && entry.empty).map(({ index }) => pathOf(index))
    ),
    folderProjects: new Map(),
    lostClaims: [],
    slotFolders: numbered.filter(({ entry }) => entry.folder).map(({ index }) => folderOf(index)),
    engine: engine
      ? {
        containers: [],
        networks: orphans.map(({ home: owner, number }, index) => ({
          id: String(index),
          name: `network-${index}`,
          labels: {
            [labels.composeProject]: `shop-slot-${number}`,
            ...(owner === null ? {} : { [labels.home]: owner })
          }
        })),
        volumes: [],
        images: []
      }
      : null,
    engineReason: engine ? null : "connection refused",
    deadOperations: numbered.flatMap(({ entry, index }) =>
      entry.operation === null ? [] : [{
        record: recordOf(entry, index),
        kind: entry.operation,
        subject: `f${index}`,
        details: { repository: main, worktree: pathOf(index), branch: branchOf(index) }
      }]
    ),
    branches: new Map(
      numbered.flatMap(({ entry, index }) =>
        entry.branchSafe === null ? [] : [[branchKey(main, branchOf(index)), { head: "abc", safe: entry.branchSafe }]]
      )
    ),
    home,
    missingTools: []
  }
}

describe("planDoctor", () => {
  it.effect.prop(
    "gives every finding evidence, and a way on",
    { situation: Situation },
    ({ situation }) =>
      Effect.sync(() => {
        const seen = observationOf(situation)
        const findings = planDoctor(seen)
        assert.deepStrictEqual(findings, planDoctor(seen))
        for (const { action, evidence, hint } of findings) {
          assert.isNotEmpty(evidence)
          assert.isTrue(action !== null || hint !== null)
          if (action !== null) assert.isNotEmpty(describeAction(action))
        }
      })
  )

  it.effect.prop("never removes a worktree with work, nor one that it did not see made and killed", {
    situation: Situation
  }, ({ situation }) =>
    Effect.sync(() => {
      for (const { action } of planDoctor(observationOf(situation))) {
        if (action?._tag !== "RemoveWorktree") continue
        const index = situation.entries.findIndex((_, one) => pathOf(one) === action.path)
        const entry = situation.entries[index]
        assert.isDefined(entry)
        if (entry === undefined || entry.missing) continue
        assert.include(["impl", "spec"], entry.operation)
        if (entry.empty && !entry.inspected) continue
        assert.isTrue(entry.inspected, "removed without being looked into")
        assert.isFalse(entry.stashed || entry.unpushed || entry.inProgress)
        // What a checkout that was cut off left, git shows as deleted or staged; nothing else is nobody's work.
        const harmless = entry.added ? [null] : [null, "deleted", "staged"]
        assert.include(harmless, entry.change)
      }
    }))

  it.effect.prop(
    "deletes only branches whose commits are safe",
    { situation: Situation },
    ({ situation }) =>
      Effect.sync(() => {
        const seen = observationOf(situation)
        for (const { action } of planDoctor(seen)) {
          if (action?._tag !== "DeleteBranch") continue
          assert.isTrue(seen.branches.get(branchKey(action.repository, action.branch))?.safe)
        }
      })
  )

  it.effect.prop("releases a slot only when its maker is dead or its worktree is gone", { situation: Situation }, ({
    situation
  }) =>
    Effect.sync(() => {
      const seen = observationOf(situation)
      const released = planDoctor(seen).flatMap(({ action }) => action?._tag === "ReleaseSlot" ? [action.slot] : [])
      assert.strictEqual(new Set(released).size, released.length)
      for (const slot of released) {
        const entry = situation.entries[slot.slot_id - slotNumbers.first]
        assert.isTrue(
          seen.deadClaims.has(slot.slot_id) || entry?.missing === true && !entry.locked ||
            entry !== undefined && !isListed(entry)
        )
      }
    }))

  it.effect.prop("sweeps only what bears this home's label and no slot claims", { situation: Situation }, ({
    situation
  }) =>
    Effect.sync(() => {
      const seen = observationOf(situation)
      const claimed = new Set(
        seen.known.flatMap(({ slot }) => slot === null ? [] : [`shop-slot-${slot.slot_id}`])
      )
      const expected = new Set(
        situation.orphans.filter((orphan) => orphan.home === home && situation.engine)
          .map(({ number }) => `shop-slot-${number}`).filter((project) => !claimed.has(project))
      )
      const swept = planDoctor(seen).flatMap(({ action }) =>
        action?._tag === "SweepSandbox" ? [action.composeProject] : []
      )
      assert.deepStrictEqual(swept.toSorted(), [...expected].toSorted())
    }))

  it("sweeps what bears no label, where an unclaimed slot folder names its Compose project, and nobody else's", () => {
    const seen = observationOf({ entries: [], orphans: [], engine: true })
    const folder = `${home}/slots/shop-1`
    const network = (name: string, owner?: string) => ({
      id: name,
      name,
      labels: { [labels.composeProject]: "shop-slot-1", ...(owner === undefined ? {} : { [labels.home]: owner }) }
    })
    const swept = (networks: ReadonlyArray<EngineObject>, project: string | null = "shop-slot-1") =>
      planDoctor({
        ...seen,
        slotFolders: [folder],
        folderProjects: new Map(project === null ? [] : [[folder, project]]),
        engine: { containers: [], networks, volumes: [], images: [] }
      }).map(({ kind, subject }) => `${kind} ${subject}`)
    const folderAlone = [`orphan-slot-folder ${folder}`]
    assert.deepStrictEqual(swept([network("default")]), ["orphan-sandbox shop-slot-1", ...folderAlone])
    assert.deepStrictEqual(swept([network("default")], null), folderAlone)
    assert.deepStrictEqual(swept([network("default")], "shop-slot-2"), folderAlone)
    assert.deepStrictEqual(swept([network("default"), network("theirs", "/other/home")]), folderAlone)
    const blind = { ...seen, engine: null, slotFolders: [folder], folderProjects: new Map([[folder, "shop-slot-1"]]) }
    assert.deepStrictEqual(planDoctor(blind).map(({ action }) => action), [null])
  })

  it("takes nothing away that an unreadable entry of the registry may claim, and tells the entry", () => {
    const seen = observationOf({
      entries: [],
      orphans: [{ home, number: 1 }, { home, number: 11 }, { home, number: 2 }],
      engine: true
    })
    const found = (...keys: ReadonlyArray<string>) =>
      planDoctor({
        ...seen,
        slotFolders: [`${home}/slots/shop-1`, `${home}/slots/shop-2`],
        unreadable: keys.map((key) => ({ key, reason: "no status", ports: [] }))
      }).map(({ action, kind, subject }) => `${kind} ${subject} ${action === null ? "kept" : "removed"}`)
    const swept = ["orphan-sandbox shop-slot-11 removed", "orphan-sandbox shop-slot-2 removed"]
    const folder = `orphan-slot-folder ${home}/slots/shop-2 removed`
    assert.deepStrictEqual(found("1"), ["unreadable-claim registry entry 1 kept", ...swept, folder])
    assert.deepStrictEqual(found("many"), ["unreadable-claim registry entry many kept"])
  })

  it("names volumes that stand alone, which somebody kept, and leaves them", () => {
    const seen = observationOf({ entries: [], orphans: [], engine: true })
    const labelled = { [labels.composeProject]: "shop-slot-1", [labels.home]: home }
    const volumes = [{ id: "data", name: "data", labels: labelled }]
    const networks = [{ id: "1", name: "default", labels: labelled }]
    const planOf = (engine: Partial<NonNullable<DoctorObservation["engine"]>>) =>
      planDoctor({ ...seen, engine: { containers: [], networks: [], volumes, images: [], ...engine } })
    const [kept] = planOf({})
    assert.deepInclude(kept, { kind: "orphan-sandbox", evidence: "no slot claims volume data", action: null })
    assert.include(kept?.hint, "docker volume rm data")
    assert.strictEqual(planOf({ networks })[0]?.action?._tag, "SweepSandbox")
  })
})
