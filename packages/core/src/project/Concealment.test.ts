import { assert, describe, it } from "@effect/vitest"
import { concealing } from "./Concealment.ts"

describe("concealing", () => {
  it("puts the name of the variable in the place of its value, longest first", () => {
    const conceal = concealing({ SHORT: "hush", LONG: "hush-hush $& \"x\"" })
    assert.strictEqual(conceal("a hush, b hush-hush $& \"x\""), "a <SHORT>, b <LONG>")
    assert.strictEqual(conceal("invalid \"hush-hush $& \\\"x\\\"\""), "invalid \"<LONG>\"")
  })

  it("knows each line of a value, with and without the spaces around it", () => {
    const conceal = concealing({ KEY: "-----BEGIN-----\r\n  first line  \nsecond\n" })
    assert.strictEqual(conceal("first line\nis second"), "<KEY>\nis <KEY>")
    assert.strictEqual(conceal("BEGIN"), "BEGIN")
  })

  it("leaves a text alone in which short values and empty ones stand", () => {
    assert.strictEqual(concealing({ A: "", B: "1", C: "no\n  \nup" })("no. 1 is up"), "no. 1 is up")
  })
})
