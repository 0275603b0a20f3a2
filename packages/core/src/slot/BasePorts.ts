import { hostPort, lastPort, type Slot, slotNumbers } from "./Slot.ts"

/** The base ports of one project. */
export interface ProjectPorts {
  readonly project: string
  /** Variable name to base port. */
  readonly basePorts: Readonly<Record<string, number>>
  readonly stride: number
}

/** Two base ports of different projects whose slots can meet. */
export interface NearBasePorts {
  readonly variable: string
  readonly base: number
  readonly other: { readonly project: string; readonly variable: string; readonly base: number }
}

/** How far apart the numbers of two slots can be. */
const farthestSlots = slotNumbers.last - slotNumbers.first

/**
 * The smallest stride with which no two slots of a project want the same port, and slot 100 still has ports that
 * exist. Null when there is none: two base ports are equal, or one is too near the end of the range.
 *
 * @example
 * proposeStride([5003, 5004, 5005, 5006]) // 4
 */
export const proposeStride = (bases: ReadonlyArray<number>): number | null => {
  const distances = bases.flatMap((one, index) => bases.slice(index + 1).map((other) => Math.abs(one - other)))
  const highest = Math.max(1, ...bases)
  if (distances.includes(0)) return null
  // Slots s and t collide in bases a and b when a - b = (t - s) * stride.
  const collides = (stride: number) =>
    distances.some((distance) => distance % stride === 0 && distance / stride <= farthestSlots)
  let stride = 1
  while (hostPort(highest, slotNumbers.last, stride) <= lastPort) {
    if (!collides(stride)) return stride
    stride += 1
  }
  return null
}

/**
 * The base ports that are so near those of other projects that the slots of both can want one port: less than 100
 * strides apart. They still work, since a slot whose ports are claimed is skipped; `init` warns of them.
 */
export const nearBasePorts = (mine: ProjectPorts, others: ReadonlyArray<ProjectPorts>): ReadonlyArray<NearBasePorts> =>
  Object.entries(mine.basePorts).flatMap(([variable, base]) =>
    others.filter((other) => other.project !== mine.project).flatMap((other) =>
      Object.entries(other.basePorts)
        .filter(([, theirs]) => Math.abs(theirs - base) < slotNumbers.last * Math.max(mine.stride, other.stride))
        .map(([theirVariable, theirs]) => ({
          variable,
          base,
          other: { project: other.project, variable: theirVariable, base: theirs }
        }))
    )
  )

/**
 * The base ports of the projects that have claims, read off the claims' ports. The stride is taken from two slots of
 * one project where there are two, and is else the seed's 1.
 */
export const claimedBasePorts = (slots: ReadonlyArray<Slot>): ReadonlyArray<ProjectPorts> =>
  [...Map.groupBy(slots, (slot) => slot.project)].map(([project, claims]) => {
    const stride = strideOf(claims)
    return {
      project,
      stride,
      basePorts: Object.fromEntries(
        claims.flatMap((slot) =>
          Object.entries(slot.ports).map(([variable, port]) => [variable, port - slot.slot_id * stride])
        )
      )
    }
  })

const strideOf = (claims: ReadonlyArray<Slot>): number => {
  for (const one of claims) {
    for (const other of claims) {
      for (const [variable, port] of Object.entries(one.ports)) {
        const theirs = other.ports[variable]
        const stride = theirs === undefined ? 0 : (theirs - port) / (other.slot_id - one.slot_id)
        if (Number.isInteger(stride) && stride >= 1) return stride
      }
    }
  }
  return 1
}
