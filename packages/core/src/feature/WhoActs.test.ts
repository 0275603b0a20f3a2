import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { actorText } from "./Actor.ts"
import { type ActorEvidence, markedAgent, parseActor, whoActs } from "./WhoActs.ts"

const told = (evidence: Partial<ActorEvidence>): string => {
  const actor = whoActs({ variables: {}, gitIdentity: "ada@example.org", ...evidence })
  return Result.isSuccess(actor) ? actorText(actor.success) : actor.failure.code
}

describe("whoActs", () => {
  it("is the human of git's identity without anything else", () => {
    assert.strictEqual(told({}), "human:ada@example.org")
  })

  it("is the human who is logged in where git knows nobody, and unknown where nobody is", () => {
    assert.strictEqual(told({ gitIdentity: null, variables: { USER: "ada" } }), "human:ada")
    assert.strictEqual(told({ gitIdentity: "  ", variables: { LOGNAME: "ada" } }), "human:ada")
    assert.strictEqual(told({ gitIdentity: null }), "human:unknown")
    assert.strictEqual(told({ gitIdentity: "ada\nagent:x" }), "human:unknown")
  })

  it("is who is named: by the call, else by SLIPWAY_ACTOR", () => {
    const variables = { SLIPWAY_ACTOR: "agent:reviewer" }
    assert.strictEqual(told({ variables }), "agent:reviewer")
    assert.strictEqual(told({ variables, as: "human:bob" }), "human:bob")
    assert.strictEqual(told({ variables: { SLIPWAY_ACTOR: "" } }), "human:ada@example.org")
  })

  const marks: ReadonlyArray<readonly [variable: string, agent: string]> = [
    ["CLAUDECODE", "agent:claude-code"],
    ["CODEX_SANDBOX", "agent:codex"],
    ["OPENCODE", "agent:opencode"],
    ["GEMINI_CLI", "agent:gemini"]
  ]
  for (const [variable, agent] of marks) {
    it(`is ${agent} where ${variable} is set, and cannot be anybody else`, () => {
      const variables = { [variable]: "1" }
      assert.strictEqual(told({ variables }), agent)
      assert.strictEqual(told({ variables, as: agent }), agent)
      assert.strictEqual(told({ variables, as: "human:ada" }), "actor-refused")
      assert.strictEqual(told({ variables, as: "agent:other" }), "actor-refused")
      assert.strictEqual(told({ variables: { ...variables, SLIPWAY_ACTOR: "human:ada" } }), "actor-refused")
    })
  }

  it("tells who is refused, why, and what to leave out", () => {
    const refused = whoActs({ variables: { CLAUDECODE: "1" }, as: "human:ada", gitIdentity: null })
    assert.isTrue(Result.isFailure(refused))
    if (Result.isSuccess(refused)) return
    for (const part of ["agent:claude-code", "CLAUDECODE", "--as", "human:ada"]) {
      assert.include(refused.failure.message, part)
    }
    assert.include(refused.failure.hint, "leave --as out")
  })

  it("does not let a misspelt name pass in silence, not even a marked agent's", () => {
    assert.strictEqual(told({ as: "ada" }), "actor-invalid")
    assert.strictEqual(told({ variables: { SLIPWAY_ACTOR: "robot:x" } }), "actor-invalid")
    assert.strictEqual(told({ variables: { CLAUDECODE: "1" }, as: "ada" }), "actor-invalid")
  })
})

describe("markedAgent", () => {
  it("takes no for an answer", () => {
    for (const value of ["", "0", "false"]) assert.isNull(markedAgent({ CLAUDECODE: value }))
    assert.strictEqual(markedAgent({ CLAUDECODE: "0", GEMINI_CLI: "1" })?.variable, "GEMINI_CLI")
  })
})

describe("parseActor", () => {
  it("reads agents and humans", () => {
    for (const text of ["agent:claude-code", "human:Ada Lovelace", "human:a", "agent:x:y", "human:ünï"]) {
      const actor = parseActor(text, "--as")
      assert.strictEqual(Result.isSuccess(actor) ? actorText(actor.success) : null, text)
    }
  })

  it("refuses everything else, the system above all", () => {
    const refused = [
      "",
      "system:slipway",
      "human:",
      "human",
      ":ada",
      "Human:ada",
      " human:ada",
      "human: ada",
      "human:ada ",
      "human:a\nb",
      "human:\u0000",
      `human:${"a".repeat(201)}`
    ]
    for (const text of refused) assert.isTrue(Result.isFailure(parseActor(text, "--as")), JSON.stringify(text))
  })
})
