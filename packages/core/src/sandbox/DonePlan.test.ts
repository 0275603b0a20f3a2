import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { type DoneObservation, planDone } from "./DonePlan.ts"

const Change = Schema.Struct({
  path: Schema.Literals(["a.ts", "b.ts", ".env", "dir/c.md"]),
  kind: Schema.Literals(["staged", "modified", "deleted", "untracked", "conflicted"])
})

const Situation = Schema.Struct({
  present: Schema.Boolean,
  changes: Schema.Array(Change),
  placed: Schema.Array(Schema.Literals(["a.ts", ".env"])),
  ignored: Schema.Array(Schema.Literals([".env", "node_modules/"])),
  stashes: Schema.Boolean,
  unpushed: Schema.Boolean,
  inProgress: Schema.NullOr(Schema.Literals(["merge", "rebase", "bisect"])),
  dirtySubmodule: Schema.Boolean,
  locked: Schema.NullOr(Schema.Literals(["", "by hand"])),
  worktree: Schema.Boolean,
  branch: Schema.Boolean,
  branchSafe: Schema.Boolean,
  slot: Schema.Boolean,
  engine: Schema.Boolean,
  starting: Schema.Boolean,
  teardown: Schema.Boolean,
  approved: Schema.Boolean,
  keepVolumes: Schema.Boolean
})
type Situation = typeof Situation.Type

const path = "/code/shop-impl-auth"

const observationOf = (situation: Situation): DoneObservation => ({
  known: {
    project: "shop",
    path,
    identity: { kind: "impl", name: "auth" },
    repository: { main: "/code/shop", commonDirectory: "/code/shop/.git", current: "/code/shop" },
    worktree: situation.worktree
      ? {
        path,
        branch: situation.branch ? "impl/auth" : null,
        head: "abc",
        isMain: false,
        locked: situation.locked,
        missing: !situation.present,
        gitDirectory: "/code/shop/.git/worktrees/auth"
      }
      : null,
    slot: situation.slot
      ? {
        slot_id: 3,
        project: "shop",
        worktree_path: path,
        slot_dir: "/home/ada/.devops-ai/slots/shop-3",
        ports: { API_PORT: 8003 },
        claimed_at: "2026-02-08T15:30:00Z",
        status: "running"
      }
      : null
  },
  inspection: situation.present
    ? {
      branch: "impl/auth",
      head: "abc",
      changes: situation.changes,
      ignored: situation.ignored,
      stashes: situation.stashes ? [{ ref: "stash@{0}", message: "WIP" }] : [],
      unpushed: situation.unpushed ? [{ id: "abc", subject: "Log in" }] : [],
      unpushedCount: situation.unpushed ? 1 : 0,
      inProgress: situation.inProgress,
      submodules: [{ path: "lib", dirty: situation.dirtySubmodule }]
    }
    : null,
  placed: new Set(situation.placed),
  remains: situation.engine ? { containers: [], networks: [], volumes: [], images: [] } : null,
  branch: situation.branch ? "impl/auth" : null,
  branchSafe: situation.branch ? situation.branchSafe : null,
  starting: situation.starting,
  teardown: { commands: situation.teardown ? 1 : 0, approved: situation.approved }
})

describe("planDone", () => {
  it.effect.prop(
    "never removes work without a refusal that names it",
    { situation: Situation },
    ({ situation }) =>
      Effect.sync(() => {
        const seen = observationOf(situation)
        const plan = planDone(seen, situation)
        assert.deepStrictEqual(plan, planDone(seen, situation))
        const kinds = plan.refusals.map(({ kind }) => kind)
        const named = plan.refusals.flatMap(({ items }) => items).join("\n")
        for (const reason of plan.refusals) assert.isNotEmpty(reason.text)
        assert.strictEqual(kinds.includes("starting"), situation.starting)
        assert.strictEqual(kinds.includes("locked"), situation.worktree && situation.locked !== null)
        if (!situation.present) {
          assert.deepStrictEqual(kinds.filter((kind) => kind !== "starting" && kind !== "locked"), [])
          return
        }
        const own = situation.changes.filter((change) => !seen.placed.has(change.path))
        assert.strictEqual(kinds.includes("changes"), own.length > 0)
        for (const change of own) assert.include(named, change.path)
        assert.strictEqual(kinds.includes("stashes"), situation.stashes)
        assert.strictEqual(kinds.includes("unpushed"), situation.unpushed)
        assert.strictEqual(kinds.includes("in-progress"), situation.inProgress !== null)
        assert.strictEqual(kinds.includes("submodules"), situation.dirtySubmodule)
      })
  )

  it.effect.prop("takes away what there is, in order, and a branch only when its commits are safe", {
    situation: Situation
  }, ({ situation }) =>
    Effect.sync(() => {
      const plan = planDone(observationOf(situation), situation)
      const steps = plan.steps.map(({ step }) => step)
      const order = [
        "teardown",
        "remove-containers",
        "remove-slot-folder",
        "release-slot",
        "remove-worktree",
        "delete-branch"
      ]
      assert.deepStrictEqual(steps, order.filter((step) => steps.some((one) => one === step)))
      assert.strictEqual(steps.includes("release-slot"), situation.slot)
      assert.strictEqual(steps.includes("remove-containers"), situation.slot)
      assert.strictEqual(steps.includes("remove-worktree"), situation.worktree)
      assert.strictEqual(
        steps.includes("delete-branch"),
        situation.branch && situation.branchSafe
      )
      assert.strictEqual(steps.includes("teardown"), situation.teardown && situation.approved && situation.present)
      const text = plan.warnings.join("\n")
      assert.strictEqual(text.includes("no Docker engine answers"), situation.slot && !situation.engine)
      for (const ignored of situation.present ? situation.ignored : []) {
        if (!situation.placed.some((placed) => placed === ignored)) assert.include(text, ignored)
      }
    }))
})
