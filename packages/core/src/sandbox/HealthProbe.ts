import { Context, type Duration, type Effect } from "effect"

/** What a health endpoint said: a status, or why there was no answer. */
export type ProbeAnswer =
  | { readonly _tag: "Answered"; readonly status: number }
  | { readonly _tag: "Unanswered"; readonly reason: string }

/** Asks a sandbox's health endpoint. */
export class HealthProbe extends Context.Service<HealthProbe, {
  /** One GET without following redirects; no answer within `timeout` is {@link ProbeAnswer} `Unanswered`. */
  readonly get: (url: string, timeout: Duration.Input) => Effect.Effect<ProbeAnswer>
}>()("@slipway/core/sandbox/HealthProbe") {}
