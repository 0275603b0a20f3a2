import { assert, describe, it } from "@effect/vitest"
import { parseAttempts } from "./PsAttempts.ts"

const text = `    1     1 Ss   Mon Nov  2 09:00:00 2026     /sbin/launchd
  500   500 Ss   Sat Nov 21 14:00:00 2026     sh -c x PATH=/bin SLIPWAY_ATTEMPT=uid/0/1 HOME=/Users/me
  501   500 S    Sat Nov 21 14:00:01 2026     env -i sleep 600
  502   502 Ss   Sat Nov 21 14:00:02 2026     daemon SLIPWAY_ATTEMPT=uid/0/1
  503   503 Z    Sat Nov 21 14:00:02 2026     (gone) SLIPWAY_ATTEMPT=uid/0/1
  504   504 S    Sat Nov 21 14:00:02 2026     other SLIPWAY_ATTEMPT=uid/0/11
`

describe("parseAttempts", () => {
  it("finds the processes with the variable, and those in their groups", () => {
    const found = parseAttempts(text, (attempt) => attempt === "uid/0/1")
    assert.deepStrictEqual(found.map(({ pid }) => pid), [500, 501, 502])
    assert.deepStrictEqual(found[1], { pid: 501, group: 500, startedAt: "Sat Nov 21 14:00:01 2026" })
    assert.deepStrictEqual(parseAttempts(text, () => false, 500).map(({ pid }) => pid), [500, 501])
    assert.deepStrictEqual(parseAttempts("", () => true), [])
  })
})
