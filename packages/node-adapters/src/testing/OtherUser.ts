import { Effect } from "effect"

const nobody = 65_534

/** Runs as a user without rights: root is refused nothing. Who is not root stays who he is. */
export const asOtherUser = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => {
  const { geteuid, seteuid } = process
  if (geteuid === undefined || seteuid === undefined || geteuid() !== 0) return effect
  return Effect.acquireUseRelease(
    Effect.sync(() => seteuid.call(process, nobody)),
    () => effect,
    () => Effect.sync(() => seteuid.call(process, 0))
  )
}
