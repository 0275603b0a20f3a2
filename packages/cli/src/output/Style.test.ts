import { assert, describe, it } from "@effect/vitest"
import { colourStyle, plainStyle, styleFor, wantsColour, withoutColour } from "./Style.ts"

describe("Style", () => {
  it("decides on colours by terminal and environment", () => {
    assert.isTrue(wantsColour({}, true))
    assert.isFalse(wantsColour({}, false))
    assert.isFalse(wantsColour({ NO_COLOR: "1" }, true))
    assert.isTrue(wantsColour({ NO_COLOR: "" }, true))
    assert.isFalse(wantsColour({ TERM: "dumb" }, true))
    assert.isFalse(wantsColour({ CLICOLOR: "0" }, true))
    assert.isTrue(wantsColour({ CLICOLOR_FORCE: "1" }, false))
    assert.isTrue(wantsColour({ CLICOLOR_FORCE: "1", TERM: "dumb" }, false))
    assert.isFalse(wantsColour({ CLICOLOR_FORCE: "0" }, false))
    assert.isFalse(wantsColour({ CLICOLOR_FORCE: "1", NO_COLOR: "1" }, true))
  })

  it("takes colours away again", () => {
    assert.strictEqual(withoutColour(colourStyle.bold(colourStyle.red("slot 3"))), "slot 3")
    assert.notStrictEqual(colourStyle.red("slot 3"), "slot 3")
    assert.strictEqual(styleFor({}, false), plainStyle)
    assert.strictEqual(colourStyle.red(""), "")
  })
})
