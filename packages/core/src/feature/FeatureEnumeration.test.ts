import { assert, describe, it } from "@effect/vitest"
import { featureEngine } from "../testing/FeatureEngine.ts"
import { modelOf } from "../testing/FeatureModel.ts"
import { abstractFeatures } from "../testing/FeatureModelEnumeration.ts"
import { featureProperties } from "../testing/FeatureProperties.ts"

/** What takes long for each: they are tried on every twentieth. */
const thinned: ReadonlySet<string> = new Set([
  "asking twice gives the same answer and changes nothing",
  "a log of any events is folded, its first part too"
])

describe("in every abstract feature", () => {
  it("which are some two hundred thousand", () => {
    assert.isAbove([...abstractFeatures()].length, 200_000)
  })

  for (const property of featureProperties) {
    const { name, ofSituation } = property
    if (ofSituation === undefined) continue
    const stride = thinned.has(name) ? 20 : 1
    it(`${name}`, () => {
      assert.isNull(modelOf(featureEngine, { walks: 0, situations: 0, stride }).counterexample(property))
    })
  }
})
