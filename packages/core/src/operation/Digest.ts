import { Context } from "effect"
import { sha256 } from "./Sha256.ts"

/**
 * SHA-256 of a text, by whoever does it fastest: {@link sha256} of this package, unless an adapter knows better.
 *
 * @example
 * Effect.provideService(program, Digest, (text) => crypto.hash("sha256", text))
 */
export const Digest = Context.Reference<(text: string) => string>("@slipway/core/operation/Digest", {
  defaultValue: () => sha256
})
