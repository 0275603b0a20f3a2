import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Result, Schema } from "effect"
import { decodeRegistryFile, emptyRegistryFile, encodeRegistryFile } from "./RegistryFile.ts"
import { Slot } from "./Slot.ts"

/** As the seed's tool writes it. */
const seed = {
  version: 1,
  slots: {
    "1": {
      slot_id: 1,
      project: "khealth",
      worktree_path: "/code/khealth-impl-wellness-reminders-M1",
      slot_dir: "/home/ada/.devops-ai/slots/khealth-1",
      compose_file_copy: "/home/ada/.devops-ai/slots/khealth-1/docker-compose.yml",
      ports: { KHEALTH_API_PORT: 8081 },
      claimed_at: "2026-02-08T15:30:00Z",
      status: "running"
    }
  }
}
const claim: Slot = { ...seed.slots["1"], status: "running" }

const decoded = (document: unknown) => Result.getOrThrow(decodeRegistryFile(JSON.stringify(document)))
const fault = (text: string) => Result.getOrThrow(Result.flip(decodeRegistryFile(text)))

describe("registry.json", () => {
  it("reads the seed's, and writes it back unchanged", () => {
    const file = decoded(seed)
    assert.deepStrictEqual(file.slots, [claim])
    assert.deepStrictEqual(JSON.parse(encodeRegistryFile(file, file.slots)), seed)
  })

  it("an empty one", () => {
    assert.deepStrictEqual(JSON.parse(encodeRegistryFile(emptyRegistryFile, [])), { version: 1, slots: {} })
  })

  it("keeps unknown fields at every level, also when the claim changes", () => {
    const document = {
      later: { a: [1] },
      ...seed,
      slots: { "1": { ...claim, status: "starting", tags: ["x"], process: { pid: 7, startedAt: "b:1", host: "h" } } }
    }
    const file = decoded(document)
    assert.deepStrictEqual(JSON.parse(encodeRegistryFile(file, file.slots)), document)
    assert.deepStrictEqual(JSON.parse(encodeRegistryFile(file, [claim])), {
      ...document,
      slots: { "1": { ...claim, tags: ["x"] } }
    })
  })

  it("a new claim of a number, and a new process, take no unknown fields over", () => {
    const document = {
      ...seed,
      slots: { "1": { ...claim, tags: ["x"], status: "starting", process: { pid: 7, startedAt: "b:1", host: "h" } } }
    }
    const file = decoded(document)
    const next: Slot = { ...claim, worktree_path: "/code/other" }
    assert.deepStrictEqual(JSON.parse(encodeRegistryFile(file, [next])).slots["1"], next)
    const restarted: Slot = { ...claim, status: "starting", process: { pid: 8, startedAt: "b:2" } }
    assert.deepStrictEqual(JSON.parse(encodeRegistryFile(file, [restarted])).slots["1"], {
      ...restarted,
      tags: ["x"]
    })
  })

  it("keeps entries that it cannot read, and tells them", () => {
    const odd = {
      "2": { ...claim, slot_id: 2, status: "paused" },
      "3": { ...claim, slot_id: 4 },
      "101": { ...claim, slot_id: 101 },
      "x": null
    }
    const document = { version: 1, slots: { ...seed.slots, ...odd } }
    const file = decoded(document)
    assert.deepStrictEqual(file.slots, [claim])
    assert.deepStrictEqual(file.unreadable.map(({ key, ports }) => [key, ports]), [
      ["2", [8081]],
      ["3", [8081]],
      ["101", [8081]],
      ["x", []]
    ])
    assert.include(file.unreadable[1]?.reason ?? "", "says that it is slot 4")
    assert.deepStrictEqual(JSON.parse(encodeRegistryFile(file, [])), { version: 1, slots: odd })
  })

  it("tells a newer version from damage", () => {
    assert.deepStrictEqual(fault("{\"version\":2}"), {
      kind: "newer",
      reason: "a newer slipway wrote it (version 2; this one knows version 1)"
    })
    const damages = [
      "",
      "{\"version\":1,",
      "null",
      "[]",
      "1",
      "{}",
      "{\"version\":\"1\",\"slots\":{}}",
      "{\"version\":1}"
    ]
    for (const damage of [...damages, "{\"version\":1,\"slots\":[]}", "{\"version\":0,\"slots\":{}}"]) {
      assert.strictEqual(fault(damage).kind, "damaged", damage)
    }
  })

  it("keys that objects have by themselves are names like others", () => {
    const text = "{\"version\":1,\"slots\":{\"__proto__\":{\"ports\":{\"A\":9}}},\"__proto__\":7,\"constructor\":1}"
    const file = Result.getOrThrow(decodeRegistryFile(text))
    assert.deepStrictEqual(file.unreadable.map(({ key, ports }) => [key, ports]), [["__proto__", [9]]])
    assert.deepStrictEqual(
      JSON.stringify(JSON.parse(encodeRegistryFile(file, []))),
      JSON.stringify(JSON.parse(text))
    )
  })

  it.effect.prop(
    "what is written is read again",
    { slots: Arbitrary.array(Arbitrary.schema(Slot), { maxLength: 20 }) },
    ({ slots }) =>
      Effect.sync(() => {
        const claims: typeof slots = JSON.parse(JSON.stringify(slots))
        const distinct = [...new Map(claims.map((slot) => [slot.slot_id, slot])).values()]
        const file = Result.getOrThrow(decodeRegistryFile(encodeRegistryFile(emptyRegistryFile, distinct)))
        assert.deepStrictEqual(file.slots, distinct.toSorted((one, other) => one.slot_id - other.slot_id))
        assert.isEmpty(file.unreadable)
        const again = Result.getOrThrow(decodeRegistryFile(encodeRegistryFile(file, file.slots)))
        assert.deepStrictEqual(again.slots, file.slots)
      })
  )

  it.effect.prop(
    "any text is read or told",
    { text: Schema.String, entry: Schema.Json },
    ({ entry, text }) =>
      Effect.sync(() => {
        for (const each of [text, JSON.stringify({ version: 1, slots: { "1": entry } }), JSON.stringify(entry)]) {
          const outcome = decodeRegistryFile(each)
          if (Result.isSuccess(outcome)) assert.isNotEmpty(encodeRegistryFile(outcome.success, []))
          else assert.isNotEmpty(outcome.failure.reason)
        }
      })
  )
})
