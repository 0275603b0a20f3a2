import { Context, type Effect, type Scope } from "effect"

/** What an endpoint does when it is asked. */
export type EndpointBehaviour =
  | { readonly _tag: "Answers"; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** Answers with a body that never ends. */
  | { readonly _tag: "Drips" }
  /** Takes the connection and says nothing. */
  | { readonly _tag: "Hangs" }
  /** Takes the connection and closes it. */
  | { readonly _tag: "Breaks" }
  /** Says something that is not HTTP. */
  | { readonly _tag: "Babbles" }

/** Makes endpoints, for the contract suite of `HealthProbe`. */
export class HealthEndpoints extends Context.Service<HealthEndpoints, {
  /** An endpoint until the scope closes. */
  readonly serve: (behaviour: EndpointBehaviour) => Effect.Effect<
    {
      readonly url: string
      /** How many requests have come. */
      readonly asked: Effect.Effect<number>
      /** How many connections are open. */
      readonly open: Effect.Effect<number>
    },
    never,
    Scope.Scope
  >
  /** The address of an endpoint at which nothing listens. */
  readonly unused: Effect.Effect<string, never, Scope.Scope>
}>()("@slipway/core/testing/HealthEndpoints") {}
