import { Schema } from "effect"

/** The first and last number that a slot can have. */
export const slotNumbers = { first: 1, last: 100 } as const

/** The largest TCP port. */
export const lastPort = 65535

/** A slot's number: 1 to 100. */
export const SlotNumber = Schema.Int.pipe(
  Schema.check(Schema.isBetween({ minimum: slotNumbers.first, maximum: slotNumbers.last }))
)

/**
 * `starting`: claimed, its sandbox is being made by `process`. `running` and `stopped` are what was last done on
 * purpose; whether containers really run is asked of the engine.
 */
export const SlotStatus = Schema.Literals(["starting", "running", "stopped"])
export type SlotStatus = typeof SlotStatus.Type

/**
 * A claimed slot, as it stands in `registry.json` (version 1). The fields after `status` are Slipway's own; files of
 * the seed's tool do not have them. Unknown fields are kept by the registry.
 */
export const Slot = Schema.Struct({
  slot_id: SlotNumber,
  project: Schema.String,
  worktree_path: Schema.String,
  slot_dir: Schema.String,
  compose_file_copy: Schema.optionalKey(Schema.String),
  /** Variable name to host port. */
  ports: Schema.Record(Schema.String, Schema.Int),
  /** ISO 8601. */
  claimed_at: Schema.String,
  status: SlotStatus,
  /** Absolute path of the project's main checkout. */
  repository: Schema.optionalKey(Schema.String),
  /** The name of the Compose project; `<project>-slot-<n>` when absent. */
  compose_project: Schema.optionalKey(Schema.String),
  /** Who is making the sandbox, while `starting`. */
  process: Schema.optionalKey(Schema.Struct({ pid: Schema.Int, startedAt: Schema.String })),
  /** Whether one slot's volumes and images carry Slipway's labels; false for slots taken over. */
  labelled: Schema.optionalKey(Schema.Boolean)
})
export interface Slot extends Schema.Schema.Type<typeof Slot> {}

/** The Compose project name of a slot, by the seed's rule. */
export const composeProjectOf = (slot: Pick<Slot, "project" | "slot_id" | "compose_project">): string =>
  slot.compose_project ?? composeProjectName(slot.project, slot.slot_id)

/**
 * `<project>-slot-<n>`, made fit for Compose: lower case letters, digits, `_` and `-`, beginning with a letter or digit.
 */
export const composeProjectName = (project: string, slot: number): string =>
  `${orNameless(project.toLowerCase().replaceAll(/[^a-z0-9_-]+/gu, "-").replace(/^[^a-z0-9]+/u, ""))}-slot-${slot}`

/** The name of a slot's folder and its short name in messages: `<project>-<n>`. */
export const slotFolderName = (project: string, slot: number): string =>
  `${orNameless(project.replaceAll(/[^A-Za-z0-9._-]+/gu, "-").replace(/^[.-]+/u, ""))}-${slot}`

/** A project's name may have no letter that Compose knows. */
const orNameless = (name: string): string => name === "" ? "project" : name

/** The host port of a slot: `base + slot * stride`. Stride 1 is the seed's formula. */
export const hostPort = (base: number, slot: number, stride: number): number => base + slot * stride
