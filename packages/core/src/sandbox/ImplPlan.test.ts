import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { decodeInfraFile } from "../project/InfraFile.ts"
import { type ImplObservation, planWorktree } from "./ImplPlan.ts"

const { config } = Result.getOrThrow(decodeInfraFile(
  "[project]\nname = \"shop\"\n\n[sandbox]\ncompose_file = \"docker-compose.yml\"\n\n[sandbox.ports]\nAPI_PORT = 8000\n"
))

const Situation = Schema.Struct({
  kind: Schema.Literals(["spec", "impl"]),
  reuse: Schema.Boolean,
  sandbox: Schema.Boolean,
  offline: Schema.Boolean,
  configured: Schema.Boolean,
  occupied: Schema.Boolean,
  listed: Schema.Boolean,
  branch: Schema.Literals(["absent", "free", "checked-out"]),
  remote: Schema.Boolean,
  composeFile: Schema.Boolean
})
type Situation = typeof Situation.Type

const path = "/code/shop-impl-auth"
const branch = "impl/auth"

const worktreeAt = (at: string, on: string | null) => ({
  path: at,
  branch: on,
  head: "abc",
  isMain: false,
  locked: null,
  missing: false,
  gitDirectory: `/code/shop/.git/worktrees/${at}`
})

const observationOf = (situation: Situation): ImplObservation => ({
  isFeature: false,
  project: { name: "shop", prefix: "shop" },
  config: situation.configured ? config : null,
  repository: { main: "/code/shop", commonDirectory: "/code/shop/.git", current: "/code/shop" },
  defaultBranch: situation.remote
    ? { name: "trunk", remote: "origin", ref: "refs/remotes/origin/trunk" }
    : { name: "trunk", remote: null, ref: "refs/heads/trunk" },
  worktrees: [
    ...(situation.listed ? [worktreeAt(path, "other")] : []),
    ...(situation.branch === "checked-out" ? [worktreeAt("/code/elsewhere", branch)] : [])
  ],
  target: { path, branch, name: "auth" },
  occupied: situation.occupied,
  branchHead: situation.branch === "absent" ? null : "abc",
  composeFile: situation.configured ? { path: "/code/shop/docker-compose.yml", present: situation.composeFile } : null
})

describe("planWorktree", () => {
  it.effect.prop("refuses what would clash, and plans everything else, always alike", { situation: Situation }, ({
    situation
  }) =>
    Effect.sync(() => {
      const seen = observationOf(situation)
      const planned = planWorktree(seen, situation)
      assert.deepStrictEqual(planned, planWorktree(seen, situation))
      const wantsSandbox = situation.kind === "impl" && situation.sandbox && situation.configured
      const expected = situation.occupied || situation.listed
        ? "worktree-exists"
        : situation.branch === "checked-out" || situation.branch === "free" && !situation.reuse
        ? "branch-exists"
        : wantsSandbox && !situation.composeFile
        ? "compose-file-missing"
        : null
      assert.strictEqual("code" in planned ? planned.code : null, expected)
      if ("code" in planned) {
        assert.isNotEmpty(planned.message)
        assert.isNotEmpty(planned.hint)
        return
      }
      const steps = planned.steps.map(({ step }) => step)
      assert.strictEqual(new Set(steps).size, steps.length)
      assert.strictEqual(planned.withSandbox, wantsSandbox)
      assert.strictEqual(steps.includes("claim-slot"), wantsSandbox)
      assert.strictEqual(steps.includes("start-containers"), wantsSandbox)
      assert.strictEqual(
        steps.includes("fetch"),
        situation.remote && !situation.offline && situation.branch === "absent"
      )
      assert.strictEqual(planned.from, situation.branch === "absent" ? seen.defaultBranch.ref : null)
      if (wantsSandbox) assert.isBelow(steps.indexOf("claim-slot"), steps.indexOf("add-worktree"))
    }))
})
