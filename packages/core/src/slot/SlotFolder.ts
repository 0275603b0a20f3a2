import { Option, Result, Schema } from "effect"
import { Slot } from "./Slot.ts"

/** What can be read of a slot's folder, to rebuild a registry that is lost. */
export interface SlotFolder {
  /** Absolute path: `<home>/slots/<project>-<n>`. */
  readonly path: string
  /** When it was last changed; ISO 8601. */
  readonly changedAt: string
  /** The text of `slot.json`, which Slipway writes; null when there is none. */
  readonly claim: string | null
  /** The text of `.env.sandbox`, or null. */
  readonly env: string | null
  /** The text of `docker-compose.override.yml`, or null. */
  readonly override: string | null
}

/** What slot folders tell of claims. */
export interface RebuiltSlots {
  /** By number. */
  readonly slots: ReadonlyArray<Slot>
  /** Folders that tell no claim, or one that another folder tells too, with the reason. */
  readonly passedOver: ReadonlyArray<{ readonly path: string; readonly reason: string }>
}

const SlotFile = Schema.fromJsonString(Slot)
const decodeSlotFile = Schema.decodeUnknownOption(SlotFile)
const encodeSlotJson = Schema.encodeSync(Slot)
const decodeSlot = Schema.decodeUnknownResult(Slot)

/** The text of `slot.json`: the claim, kept in the slot's folder so that a lost registry can be rebuilt. */
export const encodeSlotFile = (slot: Slot): string => `${JSON.stringify(encodeSlotJson(slot), null, 2)}\n`

/**
 * Reads the claims off slot folders: off `slot.json` or, where the seed's tool made the folder, off its env file and
 * the first comments of its override. Of two folders with one number, the newer claim counts.
 */
export const rebuildSlots = (folders: ReadonlyArray<SlotFolder>): RebuiltSlots => {
  const read = folders.map((folder) => ({ folder, slot: readClaim(folder) }))
  const newest = new Map<number, { readonly folder: SlotFolder; readonly slot: Slot }>()
  for (const { folder, slot } of read) {
    if (Result.isFailure(slot)) continue
    const known = newest.get(slot.success.slot_id)
    if (known === undefined || isNewer(slot.success, known.slot)) {
      newest.set(slot.success.slot_id, { folder, slot: slot.success })
    }
  }
  const passedOver = read.flatMap(({ folder, slot }) => {
    if (Result.isFailure(slot)) return [{ path: folder.path, reason: slot.failure }]
    const chosen = newest.get(slot.success.slot_id)
    return chosen === undefined || chosen.folder === folder
      ? []
      : [{ path: folder.path, reason: `${chosen.folder.path} is a newer slot ${slot.success.slot_id}` }]
  })
  const slots = [...newest.values()].map(({ slot }) => slot).toSorted((one, other) => one.slot_id - other.slot_id)
  return { slots, passedOver }
}

const isNewer = (one: Slot, other: Slot): boolean =>
  one.claimed_at > other.claimed_at || (one.claimed_at === other.claimed_at && one.slot_dir < other.slot_dir)

const readClaim = (folder: SlotFolder): Result.Result<Slot, string> => {
  const claim = Option.filter(
    folder.claim === null ? Option.none() : decodeSlotFile(folder.claim),
    // A folder that was copied or renamed tells nothing of the slot that it is named after.
    (slot) => slotNumberOf(folder) === slot.slot_id
  )
  return Option.match(claim, {
    onSome: (slot) => Result.succeed(placedIn(folder, slot)),
    onNone: () => readSeedFolder(folder)
  })
}

/** The home may have been moved since the claim was written. */
const placedIn = ({ path }: SlotFolder, slot: Slot): Slot => ({
  ...slot,
  slot_dir: path,
  compose_file_copy: composeCopyIn(path)
})

const composeCopyIn = (path: string): string => `${path}/docker-compose.yml`

const slotNumberOf = ({ path }: SlotFolder): number | null => {
  const found = /-([1-9][0-9]*)\/*$/u.exec(path)
  return found === null ? null : Number(found[1])
}

const readSeedFolder = (folder: SlotFolder): Result.Result<Slot, string> => {
  const number = slotNumberOf(folder)
  if (number === null) return Result.fail("its name does not end with a slot number")
  if (folder.env === null) return Result.fail("it has neither a readable slot.json nor an .env.sandbox")
  const variables = parseSeedVariables(folder.env)
  const header = folder.override === null ? {} : parseHeader(folder.override)
  const worktree = header["Worktree"]
  if (worktree === undefined) return Result.fail("it does not tell which worktree it belongs to")
  const composeProject = variables["COMPOSE_PROJECT_NAME"]
  // Some of the seed's versions write the name of the Compose project here.
  const ownName = header["Slot"] === composeProject ? undefined : header["Slot"]
  return Result.mapError(
    decodeSlot({
      slot_id: number,
      project: projectNamed(ownName, number) ?? projectNamed(folder.path, number) ?? "",
      worktree_path: worktree,
      slot_dir: folder.path,
      compose_file_copy: composeCopyIn(folder.path),
      ports: portsAmong(variables),
      claimed_at: header["Generated at"] ?? folder.changedAt,
      status: "running",
      ...(composeProject === undefined ? {} : { compose_project: composeProject })
    }),
    (issue) => issue.message
  )
}

/** `khealth` of `khealth-1` or of `/home/u/.devops-ai/slots/khealth-1`. */
const projectNamed = (text: string | undefined, number: number): string | null => {
  const name = text?.replace(/\/+$/u, "").split("/").at(-1)
  const end = `-${number}`
  return name !== undefined && name.endsWith(end) && name.length > end.length ? name.slice(0, -end.length) : null
}

/** `NAME=value` lines, as the seed's tool writes them: no quoting, one a line. */
const parseSeedVariables = (env: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    env.split(/\r?\n/u).flatMap((line) => {
      const parts = /^\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(["']?)(.*?)\2\s*$/u.exec(line)
      return parts?.[1] === undefined || parts[3] === undefined ? [] : [[parts[1], parts[3]]]
    })
  )

const portsAmong = (variables: Readonly<Record<string, string>>): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(variables).filter(([, value]) => /^[1-9][0-9]{0,4}$/u.test(value))
      .map(([variable, value]) => [variable, Number(value)])
  )

/** The comments that a generated override begins with, by their name. */
const parseHeader = (override: string): Readonly<Record<string, string>> => {
  const lines = override.split(/\r?\n/u)
  const end = lines.findIndex((line) => line.trim() !== "" && !line.startsWith("#"))
  return Object.fromEntries(
    lines.slice(0, end === -1 ? lines.length : end).flatMap((line) => {
      const parts = /^#\s*([A-Za-z ]+?):\s+(.+?)\s*$/u.exec(line)
      return parts?.[1] === undefined || parts[2] === undefined ? [] : [[parts[1], parts[2]]]
    })
  )
}
