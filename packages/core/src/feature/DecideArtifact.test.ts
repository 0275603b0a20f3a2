import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { parseChecklist } from "../project/Checklist.ts"
import type { Artifact } from "../project/LifecyclePolicy.ts"
import { approved, sampleActor, sampleDigest, sampleView, submitted } from "../testing/FeatureModelSample.ts"
import type { Actor } from "./Actor.ts"
import { decideFeature } from "./DecideFeature.ts"
import type { FeatureCommand } from "./FeatureCommand.ts"

const reviewer: Actor = { kind: "agent", id: "b" }

const submit = (artifact: Artifact, text: string): FeatureCommand => ({
  _tag: "Submit",
  artifact,
  text: {
    path: `.ai/projects/user-auth/${artifact}.md`,
    sha256: sampleDigest,
    length: text.length,
    isBlank: text.trim() === "",
    checklist: parseChecklist(text)
  }
})

const answer = (view: ReturnType<typeof sampleView>, command: FeatureCommand, actor = sampleActor): string => {
  const decided = decideFeature(view, command, actor)
  return Result.isSuccess(decided) ? decided.success._tag : decided.failure.message
}

describe("handing in", () => {
  it("is refused of what is handed in as it stands", () => {
    assert.include(answer(sampleView(approved("spec")), submit("spec", "# Spec")), "is approved as it stands")
  })

  it("is taken of QA results that the plan went beyond, when they say what they left out", () => {
    const results = { item: "1 Login", passed: true, evidence: "seen" }
    const text = "- [x] 1. Login: seen\n- [x] 2. Logs: seen\n"
    const plan = (...items: ReadonlyArray<string>) => ({ ...submitted("qa-plan"), items })
    const qa = { ...submitted("qa-results"), results: [results] }
    const enough = sampleView([plan("1 Login"), qa])
    assert.include(answer(enough, submit("qa-results", text)), "is submitted as it stands")
    const short = sampleView([plan("1 Login", "2 Logs"), qa])
    assert.strictEqual(answer(short, submit("qa-results", text)), "ArtifactSubmitted")
  })
})

describe("approving", () => {
  it("is refused of QA that failed, even to those who may", () => {
    const qa = { ...submitted("qa-results"), results: [{ item: "1 Login", passed: false, evidence: "error 500" }] }
    const view = sampleView([{ ...submitted("qa-plan"), items: ["1 Login"] }, qa])
    const approve: FeatureCommand = { _tag: "Approve", artifact: "qa-results", sha256: null }
    assert.include(answer(view, approve, reviewer), "QA did not pass: 1 Login")
  })

  it("is refused of another text than was read", () => {
    const view = sampleView([submitted("spec")])
    const approve: FeatureCommand = { _tag: "Approve", artifact: "spec", sha256: "2".repeat(64) }
    assert.include(answer(view, approve, reviewer), sampleDigest)
    assert.strictEqual(answer(view, { ...approve, sha256: sampleDigest }, reviewer), "ArtifactApproved")
  })
})
