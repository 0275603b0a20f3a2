import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { defaultMilestones } from "../project/InfraConfig.ts"
import { memoryProjectFilesLayer } from "../testing/MemoryProjectFiles.ts"
import { featureFolder, findMilestone, matchMilestone } from "./Milestone.ts"

const request = { pattern: defaultMilestones, feature: "auth", milestone: "M1" }
const folder = "docs/designs/auth/implementation"

describe("matchMilestone", () => {
  it("finds the file, the one of just this milestone first", () =>
    assert.deepStrictEqual(
      matchMilestone(request, [`${folder}/M10-x.md`, `${folder}/M1_login.md`, `${folder}/OVERVIEW.md`]),
      Result.succeed(`${folder}/M1_login.md`)
    ))

  it("is content without a folder", () => assert.deepStrictEqual(matchMilestone(request, null), Result.succeed(null)))

  it("names the pattern and the files that there are", () => {
    const result = matchMilestone(request, [`${folder}/M2_b.md`, `${folder}/M3_a.md`, "docs/designs/auth/DESIGN.md"])
    assert.strictEqual(
      Result.isFailure(result) ? result.failure.message : "",
      `No milestone file matching \`${folder}/M1*.md\` in design docs; there are:\n  ${folder}/M2_b.md\n  ${folder}/M3_a.md`
    )
  })

  it("keeps * within one part, and ** over parts", () => {
    assert.isTrue(Result.isFailure(matchMilestone(request, [`${folder}/M1/deep.md`])))
    const deep = { ...request, pattern: "plans/**/<feature>.<milestone>.md" }
    assert.deepStrictEqual(matchMilestone(deep, ["plans/auth.M1.md"]), Result.succeed("plans/auth.M1.md"))
    assert.deepStrictEqual(matchMilestone(deep, ["plans/a/b/auth.M1.md"]), Result.succeed("plans/a/b/auth.M1.md"))
    assert.isTrue(Result.isFailure(matchMilestone(deep, ["plans/a/authxM1.md"])))
  })
})

describe("featureFolder", () => {
  it.each([
    [defaultMilestones, "docs/designs/auth"],
    ["./plans/<feature>-<milestone>.md", "plans"],
    ["<milestone>.md", ""],
    ["a/*/<feature>/<milestone>.md", "a"]
  ])("of %s is %j", (pattern, expected) => assert.strictEqual(featureFolder(pattern, "auth"), expected))
})

describe("findMilestone", () => {
  it.effect("looks into the checkout", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* findMilestone("/repo", request), `${folder}/M1_a.md`)
      assert.strictEqual(yield* findMilestone("/repo", { ...request, feature: "other" }), null)
      const error = yield* Effect.flip(findMilestone("/repo", { ...request, milestone: "M9" }))
      assert.strictEqual(error._tag, "MilestoneMissing")
    }).pipe(Effect.provide(memoryProjectFilesLayer({ [`/repo/${folder}/M1_a.md`]: "# M1" }))))
})
