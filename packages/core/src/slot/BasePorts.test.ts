import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { claimedBasePorts, nearBasePorts, proposeStride } from "./BasePorts.ts"
import { hostPort, type Slot } from "./Slot.ts"

const numbers = Array.from({ length: 100 }, (_, index) => index + 1)

const overlaps = (bases: ReadonlyArray<number>, stride: number): boolean => {
  const ports = numbers.flatMap((slot) => bases.map((base) => hostPort(base, slot, stride)))
  return new Set(ports).size < ports.length
}

const Base = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 5000, maximum: 5400 })))

describe("proposeStride", () => {
  it("is 1 for one port, and for none", () => {
    assert.strictEqual(proposeStride([8080]), 1)
    assert.strictEqual(proposeStride([]), 1)
  })

  it("keeps the seed's second example apart", () => {
    assert.strictEqual(proposeStride([8000, 5432, 5003, 5004, 5005, 5006]), 4)
  })

  it("bases that are far apart need none", () => {
    assert.strictEqual(proposeStride([8000, 8100]), 1)
    assert.strictEqual(proposeStride([8000, 8099]), 2)
  })

  it("there is none for equal bases, nor near the end", () => {
    assert.isNull(proposeStride([8000, 8000]))
    assert.strictEqual(proposeStride([65435]), 1)
    assert.isNull(proposeStride([65436]))
    assert.isNull(proposeStride([65434, 65435]))
  })

  it.effect.prop(
    "is the smallest with which no two slots overlap",
    { bases: Schema.Array(Base).pipe(Schema.check(Schema.isMaxLength(6))) },
    ({ bases }) =>
      Effect.sync(() => {
        const distinct = [...new Set(bases)]
        const stride = proposeStride(distinct)
        assert.isNotNull(stride)
        if (stride === null) return
        assert.isFalse(overlaps(distinct, stride))
        for (let smaller = 1; smaller < stride; smaller++) assert.isTrue(overlaps(distinct, smaller))
      })
  )
})

describe("nearBasePorts", () => {
  const mine = { project: "shop", basePorts: { API: 8000, DB: 5432 }, stride: 1 }

  it("tells the base ports of others that are less than 100 strides away", () => {
    const others = [
      { project: "khealth", basePorts: { WEB: 8099, FAR: 8100 }, stride: 1 },
      { project: "shop", basePorts: { API: 8000 }, stride: 1 }
    ]
    assert.deepStrictEqual(nearBasePorts(mine, others), [
      { variable: "API", base: 8000, other: { project: "khealth", variable: "WEB", base: 8099 } }
    ])
  })

  it("the larger stride counts", () => {
    const others = [{ project: "khealth", basePorts: { WEB: 5832 }, stride: 4 }]
    assert.isEmpty(nearBasePorts(mine, others))
    assert.lengthOf(nearBasePorts(mine, [{ ...others[0], project: "khealth", basePorts: { WEB: 5831 }, stride: 4 }]), 1)
  })
})

describe("claimedBasePorts", () => {
  const claim = (project: string, number: number, ports: Readonly<Record<string, number>>): Slot => ({
    slot_id: number,
    project,
    worktree_path: `/code/${project}-${number}`,
    slot_dir: `/slots/${project}-${number}`,
    ports,
    claimed_at: "2026-02-08T15:30:00Z",
    status: "stopped"
  })

  it("reads bases and stride off the claims", () => {
    const slots = [
      claim("a", 2, { API: 8008, DB: 5440 }),
      claim("b", 3, { WEB: 9003 }),
      claim("a", 5, { API: 8020, DB: 5452 })
    ]
    assert.deepStrictEqual(claimedBasePorts(slots), [
      { project: "a", stride: 4, basePorts: { API: 8000, DB: 5432 } },
      { project: "b", stride: 1, basePorts: { WEB: 9000 } }
    ])
  })
})
