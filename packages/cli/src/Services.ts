import { Audit, Doctor, Done, Features, Impl, Inits, Overview, Sandboxes, SpecProjects } from "@slipway/core"
import { NodeSlipway } from "@slipway/node-adapters"
import { Context, Effect, Layer, type Scope } from "effect"
import type { Services } from "./Invocation.ts"

/** The services on this machine. This module is loaded only when a command needs them. */
export const machineServices = (
  variables: Readonly<Record<string, string | undefined>>
): Effect.Effect<Services, never, Scope.Scope> =>
  Effect.map(Layer.build(NodeSlipway.layer({ variables: defined(variables) })), (context) => ({
    audit: Context.get(context, Audit),
    doctor: Context.get(context, Doctor),
    done: Context.get(context, Done),
    features: Context.get(context, Features),
    impl: Context.get(context, Impl),
    inits: Context.get(context, Inits),
    overview: Context.get(context, Overview),
    sandboxes: Context.get(context, Sandboxes),
    specProjects: Context.get(context, SpecProjects)
  }))

const defined = (variables: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => value === undefined ? [] : [[name, value]])
  )
