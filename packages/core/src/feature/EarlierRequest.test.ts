import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { earlierRevision } from "./EarlierRequest.ts"

const state = { revision: 7, keys: new Map([["key-1", { request: "a".repeat(64), revision: 3 }]]) }
const key = { id: "key-1", request: "a".repeat(64) }

describe("earlierRevision", () => {
  it("is that of the same request under its key, whatever its caller saw", () => {
    assert.deepStrictEqual(earlierRevision("auth", state, { key }), Result.succeed(3))
    assert.deepStrictEqual(earlierRevision("auth", state, { key, expected: 2 }), Result.succeed(3))
  })

  it("is none of a new request", () => {
    for (const request of [{}, { expected: 7 }, { key: { ...key, id: "key-2" } }]) {
      assert.deepStrictEqual(earlierRevision("auth", state, request), Result.succeed(null))
    }
  })

  it("refuses another request under a key, and a new one whose caller saw another revision", () => {
    const other = { key: { ...key, request: "b".repeat(64) } }
    const codes = [other, { expected: 6 }, { key: { ...key, id: "key-2" }, expected: 8 }].map((request) =>
      Result.match(earlierRevision("auth", state, request), { onSuccess: () => null, onFailure: ({ code }) => code })
    )
    assert.deepStrictEqual(codes, ["key-reused", "revision-conflict", "revision-conflict"])
  })
})
