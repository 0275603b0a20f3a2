import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { identifyWorktree } from "./WorktreeIdentity.ts"
import { parseFeature, parseFeatureMilestone, parseSpecification, worktreeNames, worktreePath } from "./WorktreeName.ts"

const refusal = (name: string): string => {
  const result = parseFeatureMilestone(name)
  return Result.isFailure(result) ? result.failure.message : "accepted"
}

describe("parseFeatureMilestone", () => {
  it.each([
    ["auth", "auth", null],
    ["auth/M1", "auth", "M1"],
    ["wellness-reminders/M1.2_b", "wellness-reminders", "M1.2_b"],
    ["_x/9", "_x", "9"]
  ])(
    "reads %s",
    (name, feature, milestone) =>
      assert.deepStrictEqual(parseFeatureMilestone(name), Result.succeed({ feature, milestone }))
  )

  it.each([
    ["", "it is empty"],
    ["auth/", "it is empty"],
    ["/M1", "it is empty"],
    ["a/b/c", "it has more than one /"],
    ["..", "it has .. in it"],
    ["a/..", "it has .. in it"],
    ["../x", "it has .. in it"],
    ["a..b", "it has .. in it"],
    ["-rf", "it begins with -"],
    ["a/--force", "it begins with -"],
    [".git", "it begins with ."],
    ["a.", "it ends with ."],
    ["a/b.lock", "it ends with .lock"],
    ["a b", "it has a space in it"],
    ["a\0", "it has a control character in it"],
    ["a\nb", "it has a control character in it"],
    ["a\\b", "it has \\ in it"],
    ["größe", "it has ö in it"],
    ["a~1", "it has ~ in it"],
    ["a@{1", "it has @ in it"],
    ["x".repeat(300), "it has 300 characters, at most 100 are allowed"]
  ])("refuses %j: %s", (name, reason) => assert.include(refusal(name), reason))

  it("takes no milestone for a specification", () => {
    assert.deepStrictEqual(parseSpecification("auth"), Result.succeed({ feature: "auth", milestone: null }))
    const refused = parseSpecification("auth/M1")
    assert(Result.isFailure(refused))
    assert.include(refused.failure.message, "\"auth/M1\" cannot name a feature: it has / in it")
    assert.include(refused.failure.hint, "without a milestone")
  })

  it("says which part is at fault", () => {
    assert.include(refusal("ok/b d"), "\"b d\" cannot name a milestone")
    assert.include(refusal("b d/ok"), "\"b d\" cannot name a feature")
  })

  it.effect.prop(
    "gives names that stay beside the checkout and are never an option",
    { parts: Schema.Array(Schema.Literals(["a", "M1", ".", "..", "/", "-", "_", "~", ".lock", " ", "\0", "é", "\\"])) },
    ({ parts }) =>
      Effect.sync(() => {
        const result = parseFeatureMilestone(parts.join(""))
        if (Result.isFailure(result)) return
        const { branch, folder, shortName } = worktreeNames("p", "impl", result.success)
        assert.match(folder, /^p-impl-[A-Za-z0-9._-]+$/u)
        assert.match(branch, /^impl\/[A-Za-z0-9_][A-Za-z0-9._-]*$/u)
        assert.notMatch(branch, /\.\.|\.lock$|\.$/u)
        assert.strictEqual(worktreePath("/home/me/p", folder), `/home/me/${folder}`)
        assert.deepStrictEqual(identifyWorktree({ path: `/${folder}`, branch }, "p"), { kind: "impl", name: shortName })
      })
  )

  it.effect.prop(
    "never throws",
    { name: Schema.String },
    ({ name }) => Effect.sync(() => assert.isBoolean(Result.isSuccess(parseFeatureMilestone(name))))
  )
})

describe("names", () => {
  it("follow the seed's rule", () => {
    assert.deepStrictEqual(worktreeNames("khealth", "spec", { feature: "auth", milestone: null }), {
      folder: "khealth-spec-auth",
      branch: "spec/auth",
      shortName: "auth"
    })
    assert.deepStrictEqual(worktreeNames("khealth", "impl", { feature: "auth", milestone: "M1" }), {
      folder: "khealth-impl-auth-M1",
      branch: "impl/auth-M1",
      shortName: "auth-M1"
    })
    assert.deepStrictEqual(parseFeature("auth"), Result.succeed("auth"))
  })
})
