/** A host port that the engine could not publish. */
export interface PortConflict {
  /** Null where the engine does not tell which one. */
  readonly port: number | null
}

/** An address up to its last colon, in the forms `0.0.0.0:`, `[::]:`, `:::` and `*:`. */
const address = String.raw`\S*?:`

/** What a system says of a port that another program has, or that Windows keeps for itself. */
const taken = String.raw`(?:address already in use|Only one usage of each socket address|` +
  String.raw`An attempt was made to access a socket in a way forbidden)`

/** The engine's words since 1.13, of Docker Desktop and of rootless engines. The first group is the port. */
const forms: ReadonlyArray<RegExp> = [
  new RegExp(
    String.raw`Bind for ${address}(\d+)(?: failed: port is already allocated|: unexpected error .*EADDRINUSE)`,
    "u"
  ),
  new RegExp(String.raw`listen (?:tcp|udp|sctp)[46]? ${address}(\d+): bind: ${taken}`, "u"),
  new RegExp(
    String.raw`failed to bind (?:host )?port (?:for )?(?:\[[^\]]*\]|[\d.]+|::|\*):(\d+)[:/]\S*: ${taken}`,
    "u"
  ),
  new RegExp(String.raw`[Pp]orts are not available: exposing port \w+ ${address}(\d+) -> `, "u")
]

const unnumbered: ReadonlyArray<RegExp> = [
  new RegExp(String.raw`failed to listen on \w+ socket: ${taken}`, "u"),
  new RegExp(String.raw`driver failed programming external connectivity\b.*${taken}`, "u"),
  /Failed to bind: EADDRINUSE|all ports are allocated|[Pp]orts are not available: /u
]

/**
 * Finds in an engine's words that a host port is in use; null when they speak of something else.
 *
 * @example
 * portConflictIn("Bind for 0.0.0.0:8081 failed: port is already allocated") // { port: 8081 }
 */
export const portConflictIn = (text: string): PortConflict | null => {
  const port = forms.map((form) => form.exec(text)?.[1]).find((found) => found !== undefined)
  if (port !== undefined) return { port: Number(port) }
  return unnumbered.some((form) => form.test(text)) ? { port: null } : null
}
