import { assert, describe, it } from "@effect/vitest"
import { artifacts } from "../project/LifecyclePolicy.ts"
import { artifactFiles, artifactsAmong, specFormats } from "./SpecFormat.ts"

describe("artifactFiles", () => {
  it("gives the names of each format, its own first", () => {
    const own = (format: "kiro" | "codev" | null) => artifacts.map((kind) => artifactFiles(format, kind)[0])
    const common = ["tasks.md", "qa-plan.md", "review.md", "audit.md", "qa-results.md"]
    assert.deepStrictEqual(own("kiro"), ["requirements.md", "design.md", ...common])
    assert.deepStrictEqual(own("codev"), ["spec.md", "plan.md", ...common])
    assert.deepStrictEqual(own(null), ["spec.md", "design.md", ...common])
  })

  it("accepts what the other formats call it, each name once", () => {
    for (const format of [...specFormats, null]) {
      assert.sameMembers([...artifactFiles(format, "spec")], ["spec.md", "requirements.md"])
      assert.sameMembers([...artifactFiles(format, "design")], ["design.md", "plan.md"])
      assert.deepStrictEqual([...artifactFiles(format, "tasks")], ["tasks.md"])
    }
  })
})

describe("artifactsAmong", () => {
  it("gives artifacts in the order of a feature's life, and nothing else", () => {
    const files = ["review.md", "README.md", "events.jsonl", "design.md", "metadata.json", "requirements.md", "spec.md"]
    assert.deepStrictEqual(artifactsAmong("kiro", files), ["requirements.md", "spec.md", "design.md", "review.md"])
    assert.deepStrictEqual(artifactsAmong("codev", files), ["spec.md", "requirements.md", "design.md", "review.md"])
    assert.deepStrictEqual(artifactsAmong(null, []), [])
  })
})
