import { HostPorts, lastPort, type PortInUse } from "@slipway/core"
import { Effect, Layer, Semaphore } from "effect"
import { findHolders, readListeners } from "./LinuxListeners.ts"

/**
 * The TCP ports of this machine. A port is in use when it cannot be bound on `0.0.0.0`, `127.0.0.1`, `::` or `::1`,
 * or, on Linux, when anything listens on it on any address, such as that of a Docker bridge. Who holds it is known
 * where the system lets us see that.
 */
export const nodeHostPortsLayer: Layer.Layer<HostPorts> = Layer.sync(HostPorts, () => {
  const inUse = Effect.fn("HostPorts.inUse")(function*(ports: ReadonlyArray<number>) {
    const asked = [...new Set(ports)].filter((port) => Number.isInteger(port) && port >= 1 && port <= lastPort)
    if (asked.length === 0) return []
    const listeners = yield* readListeners
    const refused = yield* Effect.filter(
      asked,
      (port) => listeners.some((listener) => listener.port === port) ? Effect.succeed(true) : cannotBind(port),
      { concurrency: portsAtOnce }
    )
    if (refused.length === 0) return []
    const holders = yield* findHolders(listeners.filter(({ port }) => refused.includes(port)))
    return refused.map((port): PortInUse => ({ port, holder: holders.get(port) ?? null }))
  })

  // Two that try one port at the same time would find each other.
  return HostPorts.of({ inUse: (ports) => oneAtATime(inUse(ports)) })
})

const portsAtOnce = 32

const oneAtATime = Semaphore.makeUnsafe(1).withPermit

const addresses = ["0.0.0.0", "127.0.0.1", "::", "::1"] as const

/** One address after the other: on the same port they exclude each other. */
const cannotBind = (port: number): Effect.Effect<boolean> =>
  Effect.map(Effect.findFirst(addresses, (address) => isTaken(address, port)), (found) => found._tag === "Some")

/** Only a claim needs it, and every start would pay for it. */
const loadNet = Effect.promise(() => import("node:net"))

/** An address that this machine lacks, or a port that only root may bind, says nothing of the port's use. */
const isTaken = (address: string, port: number): Effect.Effect<boolean> =>
  Effect.flatMap(loadNet, ({ createServer }) =>
    Effect.callback<boolean>((resume) => {
      const server = createServer()
      server.once("error", (error) => resume(Effect.succeed("code" in error && error.code === "EADDRINUSE")))
      server.listen({ host: address, port, exclusive: true, ipv6Only: address.includes(":") }, () =>
        server.close(() => resume(Effect.succeed(false))))
      return Effect.callback<void>((closed) => {
        server.close(() =>
          closed(Effect.void)
        )
      })
    }))
