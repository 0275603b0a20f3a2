import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import {
  commandText,
  contentDigest,
  coveredPaths,
  decodePlacedRecord,
  encodePlacedRecord,
  includedPaths,
  includePatterns,
  mergePlaced,
  planSecrets
} from "./ProvisioningPlan.ts"

describe("provisioning rules", () => {
  it("reads .worktreeinclude as gitignore syntax", () => {
    assert.deepStrictEqual(includePatterns(null, []), [])
    assert.deepStrictEqual(
      includePatterns("\uFEFF# comment\r\n.env  \r\n\r\n   \r\n\\#kept\r\n!.env.example\r\n trailing\\  ", ["*.pem"]),
      [".env", "\\#kept", "!.env.example", " trailing\\ ", "*.pem"]
    )
  })

  it("leaves out files of a worktree inside the checkout, and secrets", () => {
    assert.deepStrictEqual(
      includedPaths([".env", ".wt/m1/.env", ".wt/m10/.env", ".env.secrets", "a/.env.secrets"], "/shop", "/shop/.wt/m1"),
      [".env", ".wt/m10/.env", "a/.env.secrets"]
    )
  })

  it("knows what a listing with folders covers", () => {
    assert.deepStrictEqual(coveredPaths(["a", "b/c", "bc/d", "e/f"], ["a", "b/", "e"]), ["a", "b/c"])
  })

  it("takes secrets from where they are said to be", () => {
    assert.deepStrictEqual(
      planSecrets(
        { A: "$A", B: "${B_1}", C: "op://v/i/f", D: "$toString", E: "literal" },
        { A: "1", B_1: "2" }
      ),
      {
        values: { A: "1", B: "2" },
        references: [{ name: "C", reference: "op://v/i/f" }],
        missing: [
          { name: "D", reason: "secret D: $toString is not set in your environment" },
          { name: "E", reason: "secret E: its source is neither $NAME nor op://…" }
        ]
      }
    )
  })

  it("shows a command as one types it", () => {
    assert.strictEqual(commandText(["npm", "ci", "--prefix=a/b"]), "npm ci --prefix=a/b")
    assert.strictEqual(commandText(["sh", "-c", "a && b", ""]), "sh -c 'a && b' ''")
  })

  it.effect.prop("a record reads back", {
    before: Schema.Array(Schema.Struct({ path: Schema.String, digest: Schema.NullOr(Schema.String) })),
    now: Schema.Array(Schema.Struct({ path: Schema.String, digest: Schema.NullOr(Schema.String) }))
  }, ({ before, now }) =>
    Effect.sync(() => {
      const merged = mergePlaced(before, now)
      assert.deepStrictEqual(decodePlacedRecord(encodePlacedRecord(merged)), merged)
      for (const placed of merged) {
        const newest = now.findLast(({ path }) => path === placed.path) ??
          before.findLast(({ path }) => path === placed.path)
        assert.deepStrictEqual(placed, newest)
      }
    }))

  it.effect.prop(
    "texts that differ have different digests",
    { one: Schema.String, other: Schema.String },
    (texts) =>
      Effect.sync(() => {
        assert.strictEqual(contentDigest(texts.one) === contentDigest(texts.other), texts.one === texts.other)
        assert.notStrictEqual(contentDigest(`${texts.one}a`), contentDigest(`${texts.one}b`))
        assert.notStrictEqual(contentDigest(`a${texts.one}`), contentDigest(`b${texts.one}`))
      })
  )
})
