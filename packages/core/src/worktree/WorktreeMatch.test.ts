import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { matchWorktree, type NamedWorktree } from "./WorktreeMatch.ts"
import { worktreeNames } from "./WorktreeName.ts"

const impl = (prefix: string, feature: string, milestone: string | null): NamedWorktree => {
  const { branch, folder } = worktreeNames(prefix, "impl", { feature, milestone })
  return { path: `/w/${folder}`, branch }
}

const worktrees: ReadonlyArray<NamedWorktree> = [
  impl("shop", "auth", "M1"),
  impl("shop", "auth", "M10"),
  impl("shop", "f", "M3"),
  impl("shop", "wellness-reminders", "M2"),
  { path: "/w/shop-spec-search", branch: "spec/search" },
  { path: "/w/review", branch: "someone/fix" },
  { path: "/w/detached", branch: null }
]

const outcome = (name: string): string => {
  const result = matchWorktree(name, worktrees)
  if (Result.isSuccess(result)) {
    return `${result.success.worktree.path.slice(3)}${result.success.needsConfirmation ? "?" : ""}`
  }
  return result.failure._tag
}

describe("matchWorktree", () => {
  it.each([
    ["shop-impl-auth-M1", "shop-impl-auth-M1"],
    ["/w/shop-impl-auth-M1/", "shop-impl-auth-M1"],
    ["impl/auth-M1", "shop-impl-auth-M1"],
    ["auth-M1", "shop-impl-auth-M1"],
    ["auth/M1", "shop-impl-auth-M1"],
    ["wellness-reminders/M2", "shop-impl-wellness-reminders-M2"],
    ["wellness", "shop-impl-wellness-reminders-M2"],
    ["reminders-m2", "shop-impl-wellness-reminders-M2"],
    ["search", "shop-spec-search"],
    ["M3", "shop-impl-f-M3"],
    ["3", "shop-impl-f-M3?"],
    ["remind", "shop-impl-wellness-reminders-M2?"],
    ["detached", "detached"],
    ["fix", "review"],
    ["auth", "NameAmbiguous"],
    ["shop", "NameAmbiguous"],
    ["", "WorktreeMissing"],
    ["/", "WorktreeMissing"],
    ["absent", "WorktreeMissing"],
    ["auth-M2", "WorktreeMissing"]
  ])("%j means %s", (name, expected) => assert.strictEqual(outcome(name), expected))

  it("lists what a name could mean", () => {
    const result = matchWorktree("auth", worktrees)
    assert.deepStrictEqual(
      Result.isFailure(result) && result.failure._tag === "NameAmbiguous" && result.failure.matches,
      [
        "shop-impl-auth-M1",
        "shop-impl-auth-M10"
      ]
    )
  })

  it("shows paths where folders of several projects have one name", () => {
    const result = matchWorktree("x", [{ path: "/a/x", branch: null }, { path: "/b/x", branch: null }])
    assert.include(Result.isFailure(result) ? result.failure.message : "", "/a/x")
  })

  it("offers close names", () => {
    const result = matchWorktree("serch", worktrees)
    assert.include(Result.isFailure(result) ? result.failure.message : "", "did you mean search")
  })

  const Part = Schema.String.check(Schema.isPattern(/^[a-z][a-z0-9]{0,4}(-[a-z0-9]{1,3})?$/u))
  it.effect.prop(
    "always finds a worktree by its branch, its folder and its path, without asking",
    { names: Schema.NonEmptyArray(Schema.Struct({ feature: Part, milestone: Schema.NullOr(Part) })) },
    ({ names }) =>
      Effect.sync(() => {
        const all = [
          ...new Map(names.map(({ feature, milestone }) => impl("p", feature, milestone)).map((w) => [w.path, w]))
            .values()
        ]
        for (const worktree of all) {
          for (const name of [worktree.path, worktree.path.slice(3), worktree.branch ?? ""]) {
            assert.deepStrictEqual(matchWorktree(name, all), Result.succeed({ worktree, needsConfirmation: false }))
          }
        }
      })
  )
})
