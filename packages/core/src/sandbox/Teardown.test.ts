import { assert, describe, it } from "@effect/vitest"
import type { Slot } from "../slot/Slot.ts"
import { composeCopyOf } from "./Teardown.ts"

const slot: Slot = {
  slot_id: 1,
  project: "ktrdr",
  worktree_path: "/code/ktrdr-impl-auth-M1",
  slot_dir: "/h/slots/ktrdr-1",
  ports: {},
  claimed_at: "2026-02-08T15:30:00Z",
  status: "running"
}

describe("composeCopyOf", () => {
  it("is where the claim of the seed's tool says, and in the slot's folder by default", () => {
    const named = { ...slot, compose_file_copy: "/h/slots/ktrdr-1/docker-compose.sandbox.yml" }
    assert.strictEqual(composeCopyOf(named), named.compose_file_copy)
    for (const one of [slot, { ...slot, compose_file_copy: "" }, { ...named, labelled: true }]) {
      assert.strictEqual(composeCopyOf(one), "/h/slots/ktrdr-1/docker-compose.yml")
    }
  })
})
