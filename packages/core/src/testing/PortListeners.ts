import { Context, type Effect, type Scope } from "effect"

/** Makes something listen on a port, for the contract suite of `HostPorts`. */
export class PortListeners extends Context.Service<PortListeners, {
  /**
   * Listens on a free port of an address, such as `127.0.0.1` or `::`, until the scope closes; gives the port, or null
   * when this machine has no such address.
   */
  readonly listen: (address: string) => Effect.Effect<number | null, never, Scope.Scope>
}>()("@slipway/core/testing/PortListeners") {}
