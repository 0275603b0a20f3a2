import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { isOfRepository, matchOperation, ofFeature } from "./AuditSelection.ts"
import type { JournalRecord } from "./Journal.ts"
import { OperationId } from "./OperationId.ts"

const ids = [
  "20261101T000000000Z-aaaaaa",
  "20261101T000000001Z-aabbbb",
  "20261102T000000000Z-cccccc",
  "20261102T000000000Z-ccccccdd"
].map((id) => OperationId.make(id))

const record = (
  subject: string,
  details?: Readonly<Record<string, string>>,
  kind = "impl"
): JournalRecord => ({
  id: OperationId.make("20261101T000000000Z-aaaaaa"),
  events: [{
    _tag: "OperationStarted",
    at: "",
    kind,
    subject,
    process: { pid: 1, startedAt: "" },
    plan: [],
    ...(details === undefined ? {} : { details })
  }],
  unreadableLines: 0
})

describe("matchOperation", () => {
  it("finds by the whole id, by its beginning and by the part behind the time", () => {
    const found = (text: string) => Result.getOrThrow(matchOperation(text, ids))
    assert.strictEqual(found(ids[0] ?? ""), ids[0])
    assert.strictEqual(found("20261101T000000001"), ids[1])
    assert.strictEqual(found("aab"), ids[1])
    // The whole of one id is also the beginning of another.
    assert.strictEqual(found("20261102T000000000Z-cccccc"), ids[2])
  })

  it("refuses what no operation goes by, and what several do", () => {
    const refused = (text: string, among = ids) => Result.getOrThrow(Result.flip(matchOperation(text, among)))
    for (const text of ["", "zz", "20261101T000000000Z-aaaaaaa", "b"]) {
      assert.strictEqual(refused(text).code, "operation-missing", text)
    }
    assert.strictEqual(refused("a", []).code, "operation-missing")
    const ambiguous = refused("aa")
    assert.strictEqual(ambiguous.code, "name-ambiguous")
    assert.strictEqual(
      ambiguous.message,
      `"aa" could mean any of 2 operations:\n  ${ids[0]}\n  ${ids[1]}`
    )
    const many = Array.from({ length: 12 }, (_, index) => OperationId.make(`20261101T0000000${10 + index}Z-aaaaaa`))
    assert.strictEqual(refused("a", many).message.split("\n").length, 12)
    assert.include(refused("a", many).message, "2 older ones")
  })

  it.effect.prop(
    "gives an operation that the text begins, or refuses",
    { text: Schema.String },
    ({ text }) =>
      Effect.sync(() => {
        const result = matchOperation(text, ids)
        if (Result.isSuccess(result)) assert.isTrue(`${result.success} ${result.success.slice(20)}`.includes(text))
      })
  )
})

describe("ofFeature", () => {
  const worktree = (name: string) => ({ worktree: `/code/shop-impl-${name}` })

  it("takes what names the feature, and what was done on its worktrees", () => {
    const about = [
      record("auth", undefined, "spec"),
      record("auth/M1", worktree("auth-M1")),
      record("auth-M1", worktree("auth-M1"), "done"),
      record("task-001", { feature: "auth" }, "feature")
    ]
    const others = [
      record("auth-service/M1", worktree("auth-service-M1")),
      record("auth-service-M1", worktree("auth-service-M1"), "done"),
      record("authority/M1"),
      record("fix", undefined, "doctor"),
      record("task-001", { feature: "auth/M1" }, "feature"),
      { ...record(""), events: [] }
    ]
    const all = about.flatMap((one, index) => [one, others[index] ?? one])
    assert.sameMembers([...ofFeature([...about, ...others], "auth")], about)
    assert.deepStrictEqual(ofFeature(all, "pay"), [])
  })
})

describe("isOfRepository", () => {
  it("takes what tells of no repository for anybody's", () => {
    assert.isTrue(isOfRepository(record("auth", { repository: "/code/shop" }), "/code/shop"))
    assert.isFalse(isOfRepository(record("auth", { repository: "/code/pay" }), "/code/shop"))
    assert.isTrue(isOfRepository(record("fix"), "/code/shop"))
    assert.isTrue(isOfRepository({ ...record(""), events: [] }, "/code/shop"))
  })
})
