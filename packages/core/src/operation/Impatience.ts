import { Context, Effect } from "effect"

/**
 * Ends when the caller waits no longer for what is being stopped, such as at a second Ctrl-C: then it is killed at once.
 * Never, unless it is provided.
 *
 * @example
 * Effect.provideService(program, Impatience, Deferred.await(secondSignal))
 */
export const Impatience = Context.Reference<Effect.Effect<void>>("@slipway/core/operation/Impatience", {
  defaultValue: () => Effect.never
})
