import { Predicate, Result, Schema } from "effect"
import { Slot } from "./Slot.ts"
import type { UnreadableClaim } from "./SlotRegistry.ts"

/** The version of `registry.json` that is written, and the newest that can be read. */
export const registryVersion = 1

/** `registry.json` after decoding. */
export interface RegistryFile {
  /** The claims, by number. */
  readonly slots: ReadonlyArray<Slot>
  /** Entries that are no claims as far as can be told. They are kept as they stand. */
  readonly unreadable: ReadonlyArray<UnreadableClaim>
  /** The whole document as it was read: what is not known here is written back as it was. */
  readonly document: Readonly<Record<string, unknown>>
}

/** Why the text of a registry cannot be used. One of a newer version is not damaged: it is left alone. */
export interface RegistryFault {
  readonly kind: "damaged" | "newer"
  readonly reason: string
}

/** A registry without claims. */
export const emptyRegistryFile: RegistryFile = {
  slots: [],
  unreadable: [],
  document: { version: registryVersion, slots: {} }
}

const AnyRecord = Schema.Record(Schema.String, Schema.Unknown)
const decodeJson = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Unknown))
const decodeDocument = Schema.decodeUnknownResult(
  Schema.StructWithRest(Schema.Struct({ version: Schema.Literal(registryVersion), slots: AnyRecord }), [AnyRecord])
)
const decodeSlot = Schema.decodeUnknownResult(Slot)

/**
 * Reads the text of `registry.json`, version 1. An entry that does not decode does not spoil the others.
 */
export const decodeRegistryFile = (text: string): Result.Result<RegistryFile, RegistryFault> => {
  const json = decodeJson(text)
  if (Result.isFailure(json)) return Result.fail({ kind: "damaged", reason: "it is not JSON" })
  const newer = newerVersion(json.success)
  if (newer !== null) {
    const reason = `a newer slipway wrote it (version ${newer}; this one knows version ${registryVersion})`
    return Result.fail({ kind: "newer", reason })
  }
  const document = decodeDocument(json.success)
  if (Result.isFailure(document)) {
    return Result.fail({ kind: "damaged", reason: `it has not the shape of a registry: ${document.failure.message}` })
  }
  const slots: Array<Slot> = []
  const unreadable: Array<UnreadableClaim> = []
  for (const [key, entry] of Object.entries(document.success.slots)) {
    const slot = decodeSlot(entry)
    if (Result.isFailure(slot)) unreadable.push({ key, reason: slot.failure.message, ports: portsOf(entry) })
    else if (String(slot.success.slot_id) === key) slots.push(slot.success)
    else {
      const reason = `the entry at ${key} says that it is slot ${slot.success.slot_id}`
      unreadable.push({ key, reason, ports: portsOf(entry) })
    }
  }
  return Result.succeed({ slots: bySlotNumber(slots), unreadable, document: document.success })
}

/**
 * The text of `registry.json` with these claims. Fields that were read and are not known here are written back: of the
 * document, of entries that cannot be read, and of each claim that its worktree still has.
 */
export const encodeRegistryFile = (file: RegistryFile, slots: ReadonlyArray<Slot>): string => {
  const entries = recordOf(file.document["slots"])
  const unreadable = file.unreadable.map(({ key }) => [key, entries[key]] as const)
  const claims = bySlotNumber(slots).map((slot) =>
    [String(slot.slot_id), withUnknownFields(slot, entries[String(slot.slot_id)])] as const
  )
  const document = {
    ...file.document,
    version: registryVersion,
    slots: Object.fromEntries([...unreadable, ...claims])
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

const bySlotNumber = (slots: ReadonlyArray<Slot>): ReadonlyArray<Slot> =>
  slots.toSorted((one, other) => one.slot_id - other.slot_id)

const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  Predicate.isReadonlyObject(value) && !Array.isArray(value) ? value : {}

const newerVersion = (json: unknown): number | null => {
  const version = recordOf(json)["version"]
  return typeof version === "number" && version > registryVersion ? version : null
}

const portsOf = (entry: unknown): ReadonlyArray<number> =>
  Object.values(recordOf(recordOf(entry)["ports"])).filter((port) => typeof port === "number")

const slotFields = Object.keys(Slot.fields)

/** A claim on top of what its entry held beside it. A new claim of the number takes nothing over. */
const withUnknownFields = (slot: Slot, entry: unknown): Readonly<Record<string, unknown>> => {
  const present = recordOf(entry)
  if (present["worktree_path"] !== slot.worktree_path) return slot
  const kept = Object.entries(present).filter(([field]) => !slotFields.includes(field))
  const process = slot.process === undefined ? {} : { process: { ...processOf(present, slot), ...slot.process } }
  return { ...Object.fromEntries(kept), ...slot, ...process }
}

const processOf = (present: Readonly<Record<string, unknown>>, slot: Slot): Readonly<Record<string, unknown>> => {
  const process = recordOf(present["process"])
  return process["pid"] === slot.process?.pid ? process : {}
}
