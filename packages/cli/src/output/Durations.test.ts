import { assert, describe, it } from "@effect/vitest"
import { ageText, durationText } from "./Durations.ts"

describe("Durations", () => {
  it.each([
    [0, "0 ms"],
    [12.4, "12 ms"],
    [999, "999 ms"],
    [1000, "1.0 s"],
    [59_940, "59.9 s"],
    [59_960, "1 min 0 s"],
    [125_000, "2 min 5 s"]
  ])("tells %d milliseconds as %s", (milliseconds, text) => {
    assert.strictEqual(durationText(milliseconds), text)
  })

  it.each([
    [-3, "0 s"],
    [59.9, "59 s"],
    [60, "1 min"],
    [3599, "59 min"],
    [7200, "2 h"],
    [47 * 3600, "47 h"],
    [48 * 3600, "2 d"]
  ])("tells an age of %d seconds as %s", (seconds, text) => {
    assert.strictEqual(ageText(seconds), text)
  })
})
