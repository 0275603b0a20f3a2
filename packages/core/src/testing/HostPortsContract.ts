import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import { HostPorts } from "../slot/HostPorts.ts"
import { PortListeners } from "./PortListeners.ts"

/** What every implementation of {@link HostPorts} does. The layer is built anew for each test. */
export const hostPortsContract = <E>(name: string, layer: Layer.Layer<HostPorts | PortListeners, E>): void => {
  const given = Effect.gen(function*() {
    const hostPorts = yield* HostPorts
    const listeners = yield* PortListeners
    const inUse = (ports: ReadonlyArray<number>) =>
      Effect.map(hostPorts.inUse(ports), (found) => found.map(({ port }) => port))
    return { inUse, listen: listeners.listen }
  })

  /** A port that was free a moment ago, and is not given to others so soon. */
  const freePort = Effect.scoped(Effect.gen(function*() {
    const { listen } = yield* given
    return yield* listen("127.0.0.1")
  }))

  describe(`${name}: HostPorts`, () => {
    it.effect("asked of none, finds none", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* (yield* given).inUse([]), [])
      }).pipe(Effect.provide(layer)))

    for (const address of ["0.0.0.0", "127.0.0.1", "::", "::1"]) {
      it.effect(`finds what listens on ${address}, for as long as it does`, () =>
        Effect.gen(function*() {
          const { inUse, listen } = yield* given
          const port = yield* Effect.scoped(Effect.gen(function*() {
            const listening = yield* listen(address)
            if (listening !== null) assert.deepStrictEqual(yield* inUse([listening]), [listening])
            return listening
          }))
          if (port !== null) assert.deepStrictEqual(yield* inUse([port]), [])
        }).pipe(Effect.provide(layer)))
    }

    it.effect("tells each port once, and only those in use", () =>
      Effect.gen(function*() {
        const { inUse, listen } = yield* given
        const free = yield* freePort
        const [one, other] = [yield* listen("127.0.0.1"), yield* listen("0.0.0.0")]
        assert.isNotNull(free)
        assert.isNotNull(one)
        assert.isNotNull(other)
        if (free === null || one === null || other === null) return
        assert.sameMembers([...yield* inUse([one, free, other, one])], [one, other])
      }).pipe(Effect.provide(layer)))

    it.effect("holds no port itself, however often it is asked", () =>
      Effect.gen(function*() {
        const { inUse } = yield* given
        const free = yield* freePort
        if (free === null) return
        for (let times = 0; times < 5; times++) assert.deepStrictEqual(yield* inUse([free]), [])
        const atOnce = yield* Effect.forEach([1, 2, 3, 4], () => inUse([free]), { concurrency: "unbounded" })
        assert.deepStrictEqual(atOnce, [[], [], [], []])
      }).pipe(Effect.provide(layer)))

    it.effect("numbers that are no ports are not in use", () =>
      Effect.gen(function*() {
        const { inUse } = yield* given
        assert.deepStrictEqual(yield* inUse([-1, 0, 1.5, 65536, Number.NaN]), [])
      }).pipe(Effect.provide(layer)))
  })
}
