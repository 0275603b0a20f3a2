import { Context, type Effect } from "effect"

/** A port of this machine that cannot be bound, and by whom it is held where that can be found. */
export interface PortInUse {
  readonly port: number
  readonly holder: { readonly pid: number; readonly name: string } | null
}

/** TCP ports of this machine. */
export class HostPorts extends Context.Service<HostPorts, {
  /**
   * Those of the ports that something listens on now, tried on `0.0.0.0`, `127.0.0.1`, `::` and `::1`.
   */
  readonly inUse: (ports: ReadonlyArray<number>) => Effect.Effect<ReadonlyArray<PortInUse>>
}>()("@slipway/core/slot/HostPorts") {}
