import { Effect, Layer, Ref } from "effect"
import { HostPorts, type PortInUse } from "../slot/HostPorts.ts"
import { PortListeners } from "./PortListeners.ts"

/** Ports of a machine on which these are in use and, beside them, what {@link PortListeners} listens on. */
export const memoryHostPortsLayer = (
  busy: ReadonlyArray<PortInUse> = []
): Layer.Layer<HostPorts | PortListeners> =>
  Layer.unwrap(Effect.map(
    Ref.make<ReadonlyArray<PortInUse>>(busy),
    (listening) =>
      Layer.merge(
        Layer.succeed(
          HostPorts,
          HostPorts.of({
            inUse: Effect.fn("HostPorts.inUse")((ports: ReadonlyArray<number>) =>
              Effect.map(Ref.get(listening), (found) => found.filter(({ port }) => ports.includes(port)))
            )
          })
        ),
        Layer.succeed(
          PortListeners,
          PortListeners.of({
            listen: () =>
              Effect.acquireRelease(
                Ref.modify(listening, (found) => {
                  const port = Math.max(40_000, ...found.map((one) => one.port)) + 1
                  return [port, [...found, { port, holder: null }]]
                }),
                (port) => Ref.update(listening, (found) => found.filter((one) => one.port !== port))
              )
          })
        )
      )
  ))
