import { Result, Schema } from "effect"
import type { PortInUse } from "./HostPorts.ts"
import { hostPort, lastPort, type Slot, slotNumbers } from "./Slot.ts"
import type { RegistrySnapshot } from "./SlotRegistry.ts"

/** A slot that was passed over, and why. */
export interface SkippedSlot {
  readonly slot: number
  /** Why, without the slot's number: `port 8001 (API_PORT) is in use by pid 4242 (node)`. */
  readonly reason: string
}

/** What a worktree needs of a slot. */
export interface SlotDemand {
  /** Absolute path. A worktree that has a claim keeps its number where it can. */
  readonly worktree: string
  /** Variable name to base port; may be empty. */
  readonly basePorts: Readonly<Record<string, number>>
  readonly stride: number
  /** Slots that were tried already, with what came of it. */
  readonly excluded: ReadonlyArray<SkippedSlot>
}

/** The claims that a slot is chosen beside. */
export type ClaimsSeen = Pick<RegistrySnapshot, "slots" | "unreadable">

/** A slot that no claim speaks against. */
export interface SlotCandidate {
  readonly slot: number
  /** Variable name to host port. */
  readonly ports: Readonly<Record<string, number>>
  /** Those of its ports that must be free now: all but what the worktree holds already. */
  readonly unproven: ReadonlyArray<number>
}

/** A chosen slot. */
export interface SlotAllocation {
  readonly slot: number
  readonly ports: Readonly<Record<string, number>>
  /** The slots that were passed over, in the order in which they were looked at. */
  readonly skipped: ReadonlyArray<SkippedSlot>
  /** The claim that the worktree has already, here or, when it cannot be kept, elsewhere. */
  readonly present: Slot | null
}

/** No slot of 1 to 100 can be used. */
export class SlotsExhausted extends Schema.TaggedError<SlotsExhausted>()("SlotsExhausted", {
  /** How many numbers are claimed. */
  claimed: Schema.Int,
  /** Every number that is unclaimed, with what speaks against it. */
  conflicts: Schema.Array(Schema.Struct({ slot: Schema.Int, reason: Schema.String }))
}) {
  readonly code = "slots-exhausted" as const
  override get message(): string {
    if (this.conflicts.length === 0) {
      return `No slots available (${slotNumbers.first}-${slotNumbers.last} all claimed). ` +
        "Run `slipway worktrees` to see active slots."
    }
    const told = this.conflicts.slice(0, conflictsTold).map(describeSkippedSlot)
    const rest = this.conflicts.length - told.length
    return `No slots available (${this.claimed} of ${slotNumbers.last} claimed, ${this.conflicts.length} in conflict): ` +
      told.join("; ") + (rest === 0 ? "" : `; and ${rest} more`)
  }
  get hint(): string {
    return this.conflicts.length === 0
      ? "`slipway done <name>` releases a slot"
      : "`slipway worktrees` shows active slots, `slipway done <name>` releases one; or change the base ports or " +
        "port_stride in .devops-ai/infra.toml"
  }
}

/** How many conflicts a message tells. */
const conflictsTold = 5

/** The base ports are such that no slot has ports which exist. */
export class PortOutOfRange extends Schema.TaggedError<PortOutOfRange>()("PortOutOfRange", {
  variable: Schema.String,
  base: Schema.Number,
  stride: Schema.Number
}) {
  readonly code = "port-out-of-range" as const
  override get message(): string {
    const port = hostPort(this.base, slotNumbers.first, this.stride)
    return `no slot has a port for ${this.variable}: with base port ${this.base}, slot ${slotNumbers.first} would get ` +
      `${port}, and ports go from 1 to ${lastPort}`
  }
  get hint(): string {
    return `choose another base port for ${this.variable} under [sandbox.ports] in .devops-ai/infra.toml`
  }
}

/** Two variables of one project have the same base port, so that every slot would publish one port twice. */
export class BasePortShared extends Schema.TaggedError<BasePortShared>()("BasePortShared", {
  variables: Schema.Tuple([Schema.String, Schema.String]),
  base: Schema.Number
}) {
  readonly code = "config-invalid" as const
  override get message(): string {
    return `${this.variables.join(" and ")} have the same base port ${this.base}`
  }
  get hint(): string {
    return "give each variable under [sandbox.ports] in .devops-ai/infra.toml a base port of its own"
  }
}

/** Why a worktree gets no slot. */
export type SlotRefusal = SlotsExhausted | PortOutOfRange | BasePortShared

/**
 * A skipped slot in words.
 *
 * @example
 * describeSkippedSlot(skipped) // "slot 1 skipped: port 8001 (API_PORT) is in use by pid 4242 (node)"
 */
export const describeSkippedSlot = ({ reason, slot }: SkippedSlot): string => `slot ${slot} skipped: ${reason}`

/**
 * The slots that no claim speaks against, in the order in which they are to be tried: the worktree's own first, then
 * the lowest number. Whether their ports are free now is to be asked of the machine, one slot after the other.
 */
export const slotCandidates = (demand: SlotDemand, claims: ClaimsSeen): ReadonlyArray<SlotCandidate> =>
  judgeSlots(demand, claims).flatMap((verdict) => verdict._tag === "Candidate" ? [verdict.candidate] : [])

/**
 * Chooses a slot: the first candidate none of whose ports is among those found in use. Pure and total; a slot that is
 * passed over before the chosen one is told with its reason, unless its number is simply claimed.
 *
 * @example
 * const busy = [{ port: 8001, holder: { pid: 4242, name: "node" } }]
 * allocateSlot({ worktree, basePorts: { API_PORT: 8000 }, stride: 1, excluded: [] }, claims, busy)
 * // slot 2, API_PORT 8002, slot 1 skipped
 */
export const allocateSlot = (
  demand: SlotDemand,
  claims: ClaimsSeen,
  busy: ReadonlyArray<PortInUse>
): Result.Result<SlotAllocation, SlotRefusal> => {
  const fault = faultOfPorts(demand)
  if (fault !== null) return Result.fail(fault)

  const inUse = new Map(busy.map((found) => [found.port, found]))
  const skipped: Array<SkippedSlot> = []
  for (const verdict of judgeSlots(demand, claims)) {
    if (verdict._tag === "Skipped") {
      skipped.push(verdict.skipped)
    } else if (verdict._tag === "Candidate") {
      const { ports, slot, unproven } = verdict.candidate
      const taken = Object.entries(ports).filter(([, port]) => unproven.includes(port) && inUse.has(port))
      if (taken.length === 0) return Result.succeed({ slot, ports, skipped, present: claimOf(demand, claims) })
      skipped.push({
        slot,
        reason: taken.map(([variable, port]) => `${describePort(variable, port)} is in use${by(inUse.get(port))}`)
          .join(", ")
      })
    }
  }
  return Result.fail(new SlotsExhausted({ claimed: slotNumbers.last - skipped.length, conflicts: skipped }))
}

const by = (found: PortInUse | undefined): string => {
  const holder = found?.holder ?? null
  return holder === null ? " by another process" : ` by pid ${holder.pid} (${holder.name})`
}

const describePort = (variable: string, port: number): string => `port ${port} (${variable})`

type Verdict =
  | { readonly _tag: "Claimed" }
  | { readonly _tag: "Skipped"; readonly skipped: SkippedSlot }
  | { readonly _tag: "Candidate"; readonly candidate: SlotCandidate }

const claimOf = ({ worktree }: SlotDemand, { slots }: ClaimsSeen): Slot | null =>
  slots.find((slot) => slot.worktree_path === worktree) ?? null

const allNumbers = Array.from({ length: slotNumbers.last - slotNumbers.first + 1 }, (_, n) => slotNumbers.first + n)

const judgeSlots = (demand: SlotDemand, claims: ClaimsSeen): ReadonlyArray<Verdict> => {
  const own = claimOf(demand, claims)
  const others = claims.slots.filter((slot) => slot !== own)
  const claimed = new Set([
    ...others.map((slot) => slot.slot_id),
    ...claims.unreadable.map(({ key }) => Number(key))
  ])
  const ownerOf = new Map([
    ...claims.unreadable.flatMap(({ key, ports }) =>
      ports.map((port) => [port, `entry ${key} of the registry`] as const)
    ),
    ...others.flatMap((slot) =>
      Object.values(slot.ports).map((port) => [port, `slot ${slot.slot_id} of ${slot.project}`] as const)
    )
  ])
  const excluded = new Map(demand.excluded.map(({ reason, slot }) => [slot, reason]))
  const held = new Set(own === null ? [] : Object.values(own.ports))

  const judge = (slot: number): Verdict => {
    const skip = (reason: string): Verdict => ({ _tag: "Skipped", skipped: { slot, reason } })
    if (claimed.has(slot)) return { _tag: "Claimed" }
    const tried = excluded.get(slot)
    if (tried !== undefined) return skip(tried)
    const ports = portsOfSlot(demand, slot)
    for (const [variable, port] of Object.entries(ports)) {
      if (!isPort(port)) return skip(`${describePort(variable, port)} is not between 1 and ${lastPort}`)
      const owner = ownerOf.get(port)
      if (owner !== undefined) return skip(`${describePort(variable, port)} belongs to ${owner}`)
    }
    const unproven = Object.values(ports).filter((port) => slot !== own?.slot_id || !held.has(port))
    return { _tag: "Candidate", candidate: { slot, ports, unproven } }
  }
  const order = own === null ? allNumbers : [own.slot_id, ...allNumbers.filter((slot) => slot !== own.slot_id)]
  return order.map(judge)
}

const portsOfSlot = ({ basePorts, stride }: SlotDemand, slot: number): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(basePorts).map(([variable, base]) => [variable, hostPort(base, slot, stride)]))

const isPort = (port: number): boolean => Number.isInteger(port) && port >= 1 && port <= lastPort

/** What is wrong with the base ports by themselves, whatever is claimed. */
const faultOfPorts = (demand: SlotDemand): BasePortShared | PortOutOfRange | null => {
  const { basePorts, stride } = demand
  const variableOf = new Map<number, string>()
  for (const [variable, base] of Object.entries(basePorts)) {
    const first = variableOf.get(base)
    if (first !== undefined) return new BasePortShared({ variables: [first, variable], base })
    variableOf.set(base, variable)
  }
  const outside = allNumbers.map((slot) =>
    Object.entries(portsOfSlot(demand, slot)).find(([, port]) => !isPort(port))?.[0]
  )
  const variable = outside[0]
  return variable === undefined || outside.includes(undefined)
    ? null
    : new PortOutOfRange({ variable, base: basePorts[variable] ?? 0, stride })
}
