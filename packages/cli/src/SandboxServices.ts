import { Doctor, Done, Impl, Inits, Overview, Sandboxes } from "@slipway/core"
import { nodeSandboxesLayer, type NodeSlipway } from "@slipway/node-adapters"
import { Context, Effect, Layer, type Scope } from "effect"
import type { Services } from "./Invocation.ts"

/** The services about worktrees and their sandboxes. */
export type SandboxServices = Pick<Services, "doctor" | "done" | "impl" | "inits" | "overview" | "sandboxes">

/** The services about worktrees and their sandboxes, on this machine. They are built only when a command needs them. */
export const sandboxServices = (
  options: NodeSlipway.NodeSlipwayOptions
): Effect.Effect<SandboxServices, never, Scope.Scope> =>
  Effect.map(Layer.build(nodeSandboxesLayer(options)), (context) => ({
    doctor: Context.get(context, Doctor),
    done: Context.get(context, Done),
    impl: Context.get(context, Impl),
    inits: Context.get(context, Inits),
    overview: Context.get(context, Overview),
    sandboxes: Context.get(context, Sandboxes)
  }))
