import type { SlipwayServices } from "@slipway/core"
import { Context, type Effect, type Layer, Schema } from "effect"
import type { UsageError } from "./UsageError.ts"

/** One run of the command line: what it stands on. */
export class Invocation extends Context.Service<Invocation, {
  /** The services; built when a command needs them. */
  readonly services: Layer.Layer<SlipwayServices>
  /** The absolute path of what `-C` names, or of the folder that one stands in. */
  readonly directory: (path: string | null) => Effect.Effect<string, UsageError>
  /** Remembers which command runs, for what is told when it ends badly. */
  readonly begin: (command: string) => Effect.Effect<void>
}>()("@slipway/cli/Invocation") {}

/** A command has ended and has told everything itself; this is its exit code. */
export class CommandEnded extends Schema.TaggedError<CommandEnded>()("CommandEnded", { exitCode: Schema.Int }) {}
