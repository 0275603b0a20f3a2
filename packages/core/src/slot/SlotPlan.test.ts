import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Result, Schema } from "effect"
import type { PortInUse } from "./HostPorts.ts"
import { hostPort, type Slot } from "./Slot.ts"
import { allocateSlot, type ClaimsSeen, describeSkippedSlot, slotCandidates, type SlotDemand } from "./SlotPlan.ts"

const demand = (changes: Partial<SlotDemand> = {}): SlotDemand => ({
  worktree: "/code/shop-impl-auth",
  basePorts: { API_PORT: 8000 },
  stride: 1,
  excluded: [],
  ...changes
})

const claimed = (number: number, ports: Readonly<Record<string, number>>, changes: Partial<Slot> = {}): Slot => ({
  slot_id: number,
  project: "khealth",
  worktree_path: `/code/khealth-impl-${number}`,
  slot_dir: `/home/ada/.devops-ai/slots/khealth-${number}`,
  ports,
  claimed_at: "2026-02-08T15:30:00Z",
  status: "running",
  ...changes
})

const claims = (...slots: ReadonlyArray<Slot>): ClaimsSeen => ({ slots, unreadable: [] })
const nobody: ReadonlyArray<PortInUse> = []

const allocated = (...args: Parameters<typeof allocateSlot>) => Result.getOrThrow(allocateSlot(...args))
const refused = (...args: Parameters<typeof allocateSlot>) => Result.getOrThrow(Result.flip(allocateSlot(...args)))

describe("allocateSlot", () => {
  it("gives the lowest free number with base + number", () => {
    const allocation = allocated(demand(), claims(), nobody)
    assert.deepStrictEqual(allocation, { slot: 1, ports: { API_PORT: 8001 }, skipped: [], present: null })
  })

  it("numbers are global over projects", () => {
    const allocation = allocated(demand(), claims(claimed(1, { OTHER: 9001 }), claimed(3, {})), nobody)
    assert.strictEqual(allocation.slot, 2)
    assert.deepStrictEqual(allocation.skipped, [])
  })

  it("passes over ports of a claimed slot, running or stopped, of any project", () => {
    const workers = { W1: 5003, W2: 5004, W3: 5005, W4: 5006 }
    const first = claimed(1, { W1: 5004, W2: 5005, W3: 5006, W4: 5007 }, { status: "stopped" })
    const allocation = allocated(demand({ basePorts: workers }), claims(first), nobody)
    assert.strictEqual(allocation.slot, 5)
    assert.deepStrictEqual(allocation.skipped, [
      { slot: 2, reason: "port 5005 (W1) belongs to slot 1 of khealth" },
      { slot: 3, reason: "port 5006 (W1) belongs to slot 1 of khealth" },
      { slot: 4, reason: "port 5007 (W1) belongs to slot 1 of khealth" }
    ])
  })

  it("passes over ports in use, and says by whom", () => {
    const basePorts = { API_PORT: 8000, DB_PORT: 5432 }
    const busy = [{ port: 8001, holder: { pid: 4242, name: "node" } }, { port: 5434, holder: null }]
    const allocation = allocated(demand({ basePorts }), claims(), busy)
    assert.deepStrictEqual(allocation.ports, { API_PORT: 8003, DB_PORT: 5435 })
    assert.deepStrictEqual(allocation.skipped.map(describeSkippedSlot), [
      "slot 1 skipped: port 8001 (API_PORT) is in use by pid 4242 (node)",
      "slot 2 skipped: port 5434 (DB_PORT) is in use by another process"
    ])
  })

  it("passes over what was tried, with what came of it", () => {
    const excluded = [{ slot: 1, reason: "Docker found port 8001 taken" }]
    const allocation = allocated(demand({ excluded }), claims(), nobody)
    assert.strictEqual(allocation.slot, 2)
    assert.deepStrictEqual(allocation.skipped, excluded)
  })

  it("leaves alone what an unreadable entry holds", () => {
    const unreadable = [{ key: "1", reason: "no status", ports: [8002] }, { key: "one", reason: "?", ports: [] }]
    const allocation = allocated(demand(), { slots: [], unreadable }, nobody)
    assert.strictEqual(allocation.slot, 3)
    assert.deepStrictEqual(allocation.skipped, [
      { slot: 2, reason: "port 8002 (API_PORT) belongs to entry 1 of the registry" }
    ])
  })

  it("a project without ports gets a number", () => {
    assert.deepStrictEqual(allocated(demand({ basePorts: {} }), claims(claimed(1, {})), nobody).ports, {})
  })

  it("passes over what is above 65535", () => {
    const last = allocated(demand({ basePorts: { API_PORT: 65534 } }), claims(), nobody)
    assert.deepStrictEqual(last.ports, { API_PORT: 65535 })
    const none = refused(demand({ basePorts: { API_PORT: 65534 } }), claims(claimed(1, {})), nobody)
    assert.strictEqual(none._tag, "SlotsExhausted")
    assert.include(none.message, "slot 2 skipped: port 65536 (API_PORT) is not between 1 and 65535")
  })

  it("no slot has ports that exist", () => {
    const fault = refused(demand({ basePorts: { WEB: 80, API_PORT: 65535 } }), claims(), nobody)
    assert.strictEqual(fault.code, "port-out-of-range")
    assert.include(fault.message, "API_PORT")
    assert.include(fault.message, "65536")
  })

  it("two variables with one base port", () => {
    const fault = refused(demand({ basePorts: { A: 80, B: 81, C: 80 } }), claims(), nobody)
    assert.strictEqual(fault.code, "config-invalid")
    assert.include(fault.message, "A and C")
  })

  it("all claimed: the seed's words", () => {
    const all = Array.from({ length: 100 }, (_, index) => claimed(index + 1, {}))
    const fault = refused(demand(), claims(...all), nobody)
    assert.strictEqual(fault.code, "slots-exhausted")
    assert.strictEqual(
      fault.message,
      "No slots available (1-100 all claimed). Run `slipway worktrees` to see active slots."
    )
  })

  it("all claimed or in use: what is in the way", () => {
    const most = Array.from({ length: 93 }, (_, index) => claimed(index + 1, {}))
    const busy = Array.from({ length: 100 }, (_, index) => ({ port: 8001 + index, holder: null }))
    const fault = refused(demand(), claims(...most), busy)
    assert.include(fault.message, "93 of 100 claimed, 7 in conflict")
    assert.include(fault.message, "slot 94 skipped: port 8094 (API_PORT) is in use by another process")
    assert.include(fault.message, "and 2 more")
  })

  describe("a worktree that has a claim", () => {
    const own = claimed(4, { API_PORT: 8004 }, { worktree_path: demand().worktree })

    it("gets it again, its own containers notwithstanding", () => {
      const allocation = allocated(demand(), claims(own), [{ port: 8004, holder: null }])
      assert.strictEqual(allocation.slot, 4)
      assert.strictEqual(allocation.present, own)
      assert.deepStrictEqual(slotCandidates(demand(), claims(own))[0]?.unproven, [])
    })

    it("keeps its number when the configuration has changed", () => {
      const basePorts = { API_PORT: 8000, DB_PORT: 5432 }
      const allocation = allocated(demand({ basePorts }), claims(own), nobody)
      assert.deepStrictEqual(allocation.ports, { API_PORT: 8004, DB_PORT: 5436 })
      assert.deepStrictEqual(slotCandidates(demand({ basePorts }), claims(own))[0]?.unproven, [5436])
    })

    it("moves when its new ports are taken", () => {
      const basePorts = { API_PORT: 8000, DB_PORT: 5432 }
      const allocation = allocated(demand({ basePorts }), claims(own), [{ port: 5436, holder: null }])
      assert.strictEqual(allocation.slot, 1)
      assert.strictEqual(allocation.present, own)
      assert.deepStrictEqual(allocation.skipped, [
        { slot: 4, reason: "port 5436 (DB_PORT) is in use by another process" }
      ])
    })

    it("moves when its slot is excluded", () => {
      const allocation = allocated(demand({ excluded: [{ slot: 4, reason: "tried" }] }), claims(own), nobody)
      assert.strictEqual(allocation.slot, 1)
      assert.strictEqual(allocation.present, own)
    })
  })
})

/** One thing that happens on a machine: a project wants a slot, or gives its oldest back. */
const projects = [
  { basePorts: { A: 5003, B: 5004, C: 5005, D: 5006 }, stride: 1 },
  { basePorts: { A: 5000, B: 5100 }, stride: 3 },
  { basePorts: { A: 65400 }, stride: 2 },
  { basePorts: {}, stride: 1 }
] as const
const Event = Schema.Struct({
  project: Schema.Literals([0, 1, 2, 3]),
  release: Schema.Boolean,
  busy: Schema.Array(Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 5000, maximum: 5120 }))))
})

describe("allocateSlot, over any sequence of claims and releases", () => {
  it.effect.prop(
    "ports are distinct and in range, numbers too, and what is skipped has a reason",
    { events: Arbitrary.array(Arbitrary.schema(Event), { maxLength: 150 }) },
    ({ events }) =>
      Effect.sync(() => {
        let slots: ReadonlyArray<Slot> = []
        events.forEach((event, index) => {
          if (event.release) {
            slots = slots.slice(1)
            return
          }
          const { basePorts, stride } = projects[event.project]
          const asked = demand({ worktree: `/code/${index}`, basePorts, stride })
          const busy = event.busy.map((port) => ({ port, holder: null }))
          const outcome = allocateSlot(asked, claims(...slots), busy)
          assert.deepStrictEqual(outcome, allocateSlot(asked, claims(...slots), busy))
          if (Result.isFailure(outcome)) {
            assert.strictEqual(outcome.failure._tag, "SlotsExhausted")
            return
          }
          const { ports, skipped, slot } = outcome.success
          const numbers = new Set(slots.map((one) => one.slot_id))
          const below = Array.from({ length: slot - 1 }, (_, n) => n + 1).filter((number) => !numbers.has(number))
          assert.deepStrictEqual(skipped.map((one) => one.slot), below)
          for (const one of skipped) assert.match(one.reason, /^port \d+ \([A-D]\) (is|belongs)/u)
          for (const port of Object.values(ports)) assert.notInclude(event.busy, port)
          assert.deepStrictEqual(
            ports,
            Object.fromEntries(Object.entries(basePorts).map(([name, base]) => [name, hostPort(base, slot, stride)]))
          )
          slots = [...slots, claimed(slot, ports, { worktree_path: asked.worktree })]
          const all = slots.flatMap((one) => Object.values(one.ports))
          assert.strictEqual(new Set(all).size, all.length)
          assert.strictEqual(new Set(slots.map((one) => one.slot_id)).size, slots.length)
          for (const port of all) assert.isTrue(port >= 1 && port <= 65535)
        })
      })
  )

  it.effect.prop(
    "is total: any demand is allocated or refused",
    {
      basePorts: Schema.Record(Schema.String, Schema.Number),
      stride: Schema.Number,
      busy: Schema.Array(Schema.Int)
    },
    ({ basePorts, busy, stride }) =>
      Effect.sync(() => {
        const outcome = allocateSlot(
          demand({ basePorts, stride }),
          claims(claimed(1, basePorts)),
          busy.map((port) => ({ port, holder: null }))
        )
        if (Result.isFailure(outcome)) {
          assert.isNotEmpty(outcome.failure.message)
          assert.isNotEmpty(outcome.failure.hint)
        } else {
          for (const port of Object.values(outcome.success.ports)) assert.isTrue(port >= 1 && port <= 65535)
        }
      })
  )
})
