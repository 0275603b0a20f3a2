import { Context } from "effect"

/** An empty folder that a contract suite may do anything in: a temporary one for adapters of real files. */
export class ScratchFolder extends Context.Service<ScratchFolder, {
  /** Absolute path; the folder exists. */
  readonly path: string
}>()("@slipway/core/testing/ScratchFolder") {}
