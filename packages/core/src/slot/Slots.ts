import { Context, DateTime, Effect, Layer, Schema, Struct } from "effect"
import { Host, type ProcessIdentity } from "../operation/Host.ts"
import { HostPorts, type PortInUse } from "./HostPorts.ts"
import { type Slot, slotFolderName, type SlotStatus } from "./Slot.ts"
import {
  allocateSlot,
  type ClaimsSeen,
  type SkippedSlot,
  type SlotAllocation,
  slotCandidates,
  type SlotDemand,
  type SlotRefusal
} from "./SlotPlan.ts"
import { type RegistryError, type RegistryRecovery, SlotRegistry } from "./SlotRegistry.ts"

/** The worktree has a claim that another live process is making a sandbox for. */
export class SlotStarting extends Schema.TaggedError<SlotStarting>()("SlotStarting", {
  slot: Schema.Int,
  worktree: Schema.String,
  pid: Schema.Int
}) {
  readonly code = "lock-busy" as const
  override get message(): string {
    return `slot ${this.slot} of ${this.worktree} is being started by process ${this.pid}`
  }
  get hint(): string {
    return `wait until process ${this.pid} has ended, then try again`
  }
}

/** The slot is not claimed by that worktree, or not any more. */
export class SlotMissing extends Schema.TaggedError<SlotMissing>()("SlotMissing", {
  slot: Schema.Int,
  worktree: Schema.String
}) {
  readonly code = "slot-missing" as const
  override get message(): string {
    return `slot ${this.slot} is not claimed by ${this.worktree}`
  }
  get hint(): string {
    return `\`slipway sandbox start\` in ${this.worktree} claims one`
  }
}

/** A worktree's wish for a slot. */
export interface ClaimRequest {
  readonly project: string
  /** Absolute path of the worktree. */
  readonly worktree: string
  /** Absolute path of the main checkout. */
  readonly repository: string
  /** Variable name to base port; may be empty. */
  readonly basePorts: Readonly<Record<string, number>>
  readonly stride: number
  /** The name of the Compose project, where it is not the usual one. */
  readonly composeProject?: string
  /** Slots that were tried already, each with what came of it. */
  readonly excluded?: ReadonlyArray<SkippedSlot>
}

/** Why a slot cannot be claimed. */
export type ClaimError = SlotRefusal | SlotStarting | RegistryError

/** A claimed slot, and what was met on the way. */
export interface ClaimedSlot {
  readonly slot: Slot
  /** Whether the worktree held this slot before. */
  readonly existing: boolean
  /** The status that it had then; null for a new claim. */
  readonly before: SlotStatus | null
  readonly skipped: ReadonlyArray<SkippedSlot>
  readonly recovery: RegistryRecovery | null
}

/** Which claim: that of a number, as long as this worktree holds it. A {@link Slot} is one. */
export type ClaimKey = Pick<Slot, "slot_id" | "worktree_path">

/** What can change of a claim while its worktree holds it. */
export interface SlotChange {
  readonly status?: SlotStatus
  readonly compose_file_copy?: string
  readonly compose_project?: string
  readonly labelled?: boolean
}

/** The slots of this machine: who holds which, and the change of that. */
export class Slots extends Context.Service<Slots, {
  /**
   * Claims a slot, status `starting`, in this process's name. Chosen and written under one lock: no other process can
   * get the same slot. A worktree that has a claim gets that one again; it moves only when its slot is excluded or its
   * new ports are taken, and then the old claim goes. When interrupted, a claim newly made is withdrawn.
   */
  readonly claim: (request: ClaimRequest) => Effect.Effect<ClaimedSlot, ClaimError>
  /** The slot that `claim` would give now. Changes nothing, and promises nothing. */
  readonly preview: (request: ClaimRequest) => Effect.Effect<SlotAllocation, SlotRefusal | RegistryError>
  /**
   * Changes a claim. The process that is making the sandbox is written while the status is `starting`, and at no other
   * time.
   */
  readonly update: (key: ClaimKey, change: SlotChange) => Effect.Effect<Slot, SlotMissing | RegistryError>
  /** Gives a slot back, if that worktree still holds it; tells whether it did. */
  readonly release: (key: ClaimKey) => Effect.Effect<boolean, RegistryError>
  /** All claims, by number. */
  readonly all: Effect.Effect<ReadonlyArray<Slot>, RegistryError>
}>()("@slipway/core/slot/Slots") {
  static readonly layer: Layer.Layer<Slots, never, SlotRegistry | HostPorts | Host> = Layer.effect(
    Slots,
    Effect.gen(function*() {
      const registry = yield* SlotRegistry
      const hostPorts = yield* HostPorts
      const host = yield* Host

      /** Asks for the ports of one candidate after the other, until one has them all free. */
      const allocate = Effect.fnUntraced(function*(request: ClaimRequest, claims: ClaimsSeen) {
        const demand = demandOf(request)
        const busy: Array<PortInUse> = []
        for (const candidate of slotCandidates(demand, claims)) {
          const found = yield* hostPorts.inUse(candidate.unproven)
          if (found.length === 0) break
          busy.push(...found)
        }
        return yield* Effect.fromResult(allocateSlot(demand, claims, busy))
      })

      const refuseWhileStarting = Effect.fnUntraced(function*(worktree: string, slots: ReadonlyArray<Slot>) {
        const own = slots.find((slot) => slot.worktree_path === worktree)
        const maker = own?.status === "starting" ? own.process : undefined
        if (own === undefined || maker === undefined || isSame(maker, host.self)) return
        if (!(yield* host.isAlive(maker))) return
        return yield* new SlotStarting({ slot: own.slot_id, worktree, pid: maker.pid })
      })

      /** Plain values, to be written down. */
      const ownIdentity = (): ProcessIdentity => ({ pid: host.self.pid, startedAt: host.self.startedAt })

      const isSame = (one: ProcessIdentity, other: ProcessIdentity): boolean =>
        one.pid === other.pid && one.startedAt === other.startedAt

      const newClaim = (request: ClaimRequest, allocation: SlotAllocation, claimedAt: string): Slot => {
        const { ports, present, slot } = allocation
        const folder = `${host.home}/slots/${slotFolderName(request.project, slot)}`
        const process = ownIdentity()
        const asked = {
          ports,
          repository: request.repository,
          ...(request.composeProject === undefined ? {} : { compose_project: request.composeProject })
        }
        return present?.slot_id === slot
          ? { ...present, ...asked, status: "starting", process }
          : {
            slot_id: slot,
            project: request.project,
            worktree_path: request.worktree,
            slot_dir: folder,
            compose_file_copy: `${folder}/docker-compose.yml`,
            claimed_at: claimedAt,
            status: "starting",
            ...asked,
            process,
            labelled: true
          }
      }

      const claim = Effect.fn("Slots.claim")((request: ClaimRequest) => {
        let made: Slot | null = null
        return registry.modify(Effect.fnUntraced(function*(snapshot) {
          yield* refuseWhileStarting(request.worktree, snapshot.slots)
          const allocation = yield* allocate(request, snapshot)
          const slot = newClaim(request, allocation, DateTime.formatIso(yield* DateTime.now))
          const others = snapshot.slots.filter((claimed) => claimed !== allocation.present)
          const existing = allocation.present?.slot_id === slot.slot_id
          if (!existing) made = slot
          const claimed: ClaimedSlot = {
            slot,
            existing,
            before: existing ? allocation.present?.status ?? null : null,
            skipped: allocation.skipped,
            recovery: snapshot.recovery
          }
          return [claimed, [...others, slot]] as const
        })).pipe(
          Effect.onInterrupt(() => made === null ? Effect.void : Effect.ignore(release(made)))
        )
      })

      const preview = Effect.fn("Slots.preview")((request: ClaimRequest) =>
        Effect.flatMap(registry.read, (snapshot) => allocate(request, snapshot))
      )

      const update = Effect.fn("Slots.update")((key: ClaimKey, change: SlotChange) =>
        registry.modify((snapshot) => {
          const present = snapshot.slots.find((slot) => isHeldBy(slot, key))
          if (present === undefined) {
            return Effect.fail(new SlotMissing({ slot: key.slot_id, worktree: key.worktree_path }))
          }
          const rest = Struct.omit({ ...present, ...change }, ["process"])
          const slot: Slot = rest.status === "starting" ? { ...rest, process: ownIdentity() } : rest
          return Effect.succeed([slot, snapshot.slots.map((claimed) => claimed === present ? slot : claimed)] as const)
        })
      )

      const release = Effect.fn("Slots.release")((key: ClaimKey) =>
        registry.modify((snapshot) => {
          const others = snapshot.slots.filter((slot) => !isHeldBy(slot, key))
          const held = others.length < snapshot.slots.length
          return Effect.succeed([held, held ? others : snapshot.slots] as const)
        })
      )

      const all = Effect.map(registry.read, ({ slots }) => slots)

      return Slots.of({ claim, preview, update, release, all })
    })
  )
}

const demandOf = ({ basePorts, excluded = [], stride, worktree }: ClaimRequest): SlotDemand => ({
  worktree,
  basePorts,
  stride,
  excluded
})

const isHeldBy = (slot: Slot, key: ClaimKey): boolean =>
  slot.slot_id === key.slot_id && slot.worktree_path === key.worktree_path
