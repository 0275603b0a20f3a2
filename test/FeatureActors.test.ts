import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { type FeatureRuns, featuresOf, makeLifecycleProject } from "./fixtures/FeatureRuns.ts"
import type { Refusal } from "./fixtures/Refusals.ts"
import type { SampleProject } from "./fixtures/SampleProject.ts"

const invalid = (source: string, shown: string): Refusal => ({
  exit: 2,
  code: "actor-invalid",
  says: [`${source} cannot be ${JSON.stringify(shown)}: it names no actor`],
  hint: "write agent:ID or human:ID"
})

/** Variables by which agents mark what they start, a value that they give it, and whom it marks. */
const marks: ReadonlyArray<readonly [variable: string, value: string, actor: string]> = [
  ["CLAUDECODE", "1", "agent:claude-code"],
  ["CODEX_SANDBOX", "seatbelt", "agent:codex"],
  ["CODEX_THREAD_ID", "7f3c", "agent:codex"],
  ["OPENCODE", "1", "agent:opencode"],
  ["GEMINI_CLI", "1", "agent:gemini"],
  ["CURSOR_AGENT", "1", "agent:cursor"]
]

describe("who acts", () => {
  let project: SampleProject
  let features: FeatureRuns
  beforeAll(async () => {
    project = await makeLifecycleProject(`self_approval = false\n\n[lifecycle.approvers]\ndesign = ["human"]\n`)
    features = featuresOf(project)
    await features.ok(["create", "auth"])
    features.write("auth", "spec.md", "# Auth\n")
  })
  afterAll(() => project.remove())

  /** Who made the newest change. */
  const newest = (): string => {
    const { actor } = features.lines("auth").at(-1) ?? assert.fail("there is no line")
    return `${actor.kind}:${actor.id}`
  }

  it("cannot be named by what names nobody, and never as the system", async () => {
    const before = features.logText("auth")
    const long = "x".repeat(201)
    const control = "human:a\u0007b"
    const texts = [
      "",
      "ada",
      "human",
      "human:",
      "human: ",
      "system:slipway",
      "root:root",
      "Human:ada",
      "human:ada\nagent:x",
      " human:ada",
      control
    ]
    for (const text of texts) await features.refused(["comment", "auth", "x", `--as=${text}`], invalid("--as", text))
    await features.refused(
      ["comment", "auth", "x", "--as", `human:${long}`],
      invalid("--as", `human:${long}`.slice(0, 200))
    )
    for (const text of ["ada", "system:slipway", "human:"]) {
      await features.refused(["comment", "auth", "x"], invalid("SLIPWAY_ACTOR", text), {
        variables: { SLIPWAY_ACTOR: text }
      })
    }
    await features.refused(["create", "other", "--as", "me"], invalid("--as", "me"))
    assert.strictEqual(features.logText("auth"), before)
  })

  it("is the agent that the environment marks, which can claim to be nobody else", async () => {
    for (const [variable, value, actor] of marks) {
      const variables = { [variable]: value }
      await features.ok(["comment", "auth", `by ${actor}`], { variables })
      assert.strictEqual(newest(), actor)
      for (const claim of ["human:ada", "agent:somebody"]) {
        const refused = (source: string): Refusal => ({
          exit: 4,
          code: "actor-refused",
          says: [`this process is ${actor}, as ${variable} tells; ${source} cannot make it ${claim}`],
          hint: `leave ${source} out`
        })
        await features.refused(["comment", "auth", "x", "--as", claim], refused("--as"), { variables })
        await features.refused(["comment", "auth", "x"], refused("SLIPWAY_ACTOR"), {
          variables: { ...variables, SLIPWAY_ACTOR: claim }
        })
      }
      // It can say who it is.
      await features.ok(["comment", "auth", "it is me", "--as", actor], { variables })
    }
    await features.ok(["comment", "auth", "unmarked"], { variables: { CLAUDECODE: "0", SLIPWAY_ACTOR: "agent:mine" } })
    assert.strictEqual(newest(), "agent:mine")
  })

  it("cannot approve what it wrote as an agent, nor as a human where the team forbids it, whatever it calls itself", async () => {
    const refused = (says: string, hint: string): Refusal => ({ exit: 4, code: "approval-refused", says: [says], hint })
    const claude = { variables: { CLAUDECODE: "1" } }
    await features.ok(["submit", "auth", "spec"], claude)
    await features.refused(
      ["approve", "auth", "spec"],
      refused("agent:claude-code may not approve the spec of auth", "it can be done by"),
      claude
    )
    await features.refused(["approve", "auth", "spec", "--as", "human:ada"], {
      exit: 4,
      code: "actor-refused",
      says: ["cannot make it human:ada"],
      hint: "in their own terminal"
    }, claude)
    await features.ok(["approve", "auth", "spec"], { variables: { GEMINI_CLI: "1" } })

    features.write("auth", "design.md", "# Design\n")
    await features.ok(["submit", "auth", "design", "--as", "human:ada"])
    await features.refused(
      ["approve", "auth", "design", "--as", "human:ada"],
      refused("human:ada may not approve the design of auth", "it can be done by")
    )
    for (const args of [["approve"], ["reject", "--reason", "no"], ["waive", "--reason", "no"]]) {
      const [verb = "", ...rest] = args
      await features.refused(
        [verb, "auth", "design", ...rest],
        refused(`agent:codex may not ${verb} the design of auth`, "human"),
        { variables: { CODEX_SANDBOX: "seatbelt" } }
      )
    }
    await features.ok(["approve", "auth", "design", "--as", "human:bob"])
    assert.strictEqual(newest(), "human:bob")
  })

  it("without git's identity is who is logged in, and else unknown", async () => {
    project.git("config", "--unset", "user.name")
    project.git("config", "--unset", "user.email")
    await features.ok(["comment", "auth", "who am I"], { variables: { USER: "grace", LOGNAME: "" } })
    assert.strictEqual(newest(), "human:grace")
    await features.ok(["comment", "auth", "and now"], { variables: { USER: "", LOGNAME: "" } })
    assert.strictEqual(newest(), "human:unknown")
    await features.ok(["create", "nobodys"], { variables: { USER: "", LOGNAME: "" } })
    project.git("config", "user.name", "Sample")
    project.git("config", "user.email", "sample@example.org")
    await features.sound("auth")
  })
})
