import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { isAliasBomb } from "./AliasBomb.ts"

/** Lists of nine aliases each, so many levels deep. */
const nested = (levels: number): string =>
  Array.from(
    { length: levels },
    (_, level) =>
      `x-${level}: &n${level} [${Array.from({ length: 9 }, () => level === 0 ? "x" : `*n${level - 1}`).join(", ")}]`
  )
    .join("\n")

describe("isAliasBomb", () => {
  it("tells a file that grows without end from one that repeats itself", () => {
    assert.isTrue(isAliasBomb(nested(9)))
    assert.isTrue(isAliasBomb(`services: {}\n---\n${nested(30)}`))
    assert.isFalse(isAliasBomb(nested(4)))
    const environment = "x-common: &common {A: 1, B: 2}\nservices:\n"
    const services = Array.from({ length: 300 }, (_, index) => `  s${index}:\n    environment: *common\n`).join("")
    assert.isFalse(isAliasBomb(environment + services))
    assert.isFalse(isAliasBomb("a: *nowhere\n".repeat(50)))
    assert.isFalse(isAliasBomb("command: rm *.log\n".repeat(50)))
  })

  it.effect.prop(
    "never throws, whatever the text",
    {
      parts: Schema.Array(
        Schema.Literals(["&a ", "*a ", "[", "]", "{", "}", ": ", "\n", "- ", "x", "<<", "\t", "---\n"])
      )
    },
    ({ parts }) => Effect.sync(() => assert.isBoolean(isAliasBomb(parts.join("").repeat(9))))
  )
})
