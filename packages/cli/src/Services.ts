import { Effect, Layer } from "effect"
import type { SlipwayServices } from "./Invocation.ts"

/** The services on this machine. Loaded when a command needs them. */
export const machineServices: Layer.Layer<SlipwayServices> = Layer.effectContext(Effect.die("not wired yet"))
