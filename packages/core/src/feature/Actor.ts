/** Kinds of actors. `system` is Slipway itself. */
export const actorKinds = ["agent", "human", "system"] as const

/** Who did something. */
export interface Actor {
  readonly kind: ActorKind
  /** Such as `claude-code` or `ada@example.org`. */
  readonly id: string
}

/** A kind of actor. */
export type ActorKind = typeof actorKinds[number]

/** Slipway itself, where it acts by the project's policy. */
export const slipwayActor: Actor = { kind: "system", id: "slipway" }

/** An actor as it is written and read: `agent:claude-code`. */
export const actorText = ({ id, kind }: Actor): string => `${kind}:${id}`

/** Whether two are the same actor. */
export const isSameActor = (one: Actor, other: Actor): boolean => one.kind === other.kind && one.id === other.id
