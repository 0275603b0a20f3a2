import { assert, describe, it } from "@effect/vitest"
import { HostPorts } from "@slipway/core"
import { hostPortsContract, PortListeners } from "@slipway/core/testing"
import { Effect, Layer } from "effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { type AddressInfo, createServer, type ListenOptions } from "node:net"
import { networkInterfaces } from "node:os"
import { parseListeners } from "./LinuxListeners.ts"
import { nodeHostPortsLayer } from "./NodeHostPorts.ts"

const listen = (options: ListenOptions) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly port: number | null; readonly close: Effect.Effect<void> }>((resume) => {
      const server = createServer()
      const close = Effect.callback<void>((done) => {
        server.close(() => done(Effect.void))
      })
      server.once("error", () => resume(Effect.succeed({ port: null, close: Effect.void })))
      server.listen({ port: 0, ...options }, () => resume(Effect.succeed({ port: portOf(server.address()), close })))
    }),
    ({ close }) => close
  ).pipe(Effect.map(({ port }) => port))

const portOf = (address: AddressInfo | string | null): number | null =>
  address === null || typeof address === "string" ? null : address.port

const listeners = Layer.succeed(
  PortListeners,
  PortListeners.of({ listen: (address) => listen({ host: address, ipv6Only: address.includes(":") }) })
)

hostPortsContract("node", Layer.merge(nodeHostPortsLayer, listeners))

const inUse = (ports: ReadonlyArray<number>) => Effect.flatMap(HostPorts, (hostPorts) => hostPorts.inUse(ports))

describe("node: HostPorts", () => {
  it.effect("finds a listener of both IP versions at once", () =>
    Effect.gen(function*() {
      const port = yield* listen({ host: "::" })
      if (port !== null) assert.lengthOf(yield* inUse([port]), 1)
    }).pipe(Effect.provide(nodeHostPortsLayer)))

  it.effect("finds listeners on every other address of this machine", () =>
    Effect.gen(function*() {
      const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
        .filter((one) => !one.internal && !one.address.startsWith("fe80")).map((one) => one.address)
      for (const address of [...addresses, ...(process.platform === "linux" ? ["127.0.0.77"] : [])]) {
        const port = yield* listen({ host: address })
        if (port !== null) assert.deepStrictEqual((yield* inUse([port])).map((found) => found.port), [port], address)
      }
    }).pipe(Effect.provide(nodeHostPortsLayer)))

  it.effect("says who holds a port", (context) =>
    Effect.gen(function*() {
      if (process.platform !== "linux") return context.skip("only Linux tells who holds a port")
      const script = "const s = require('node:net').createServer().listen(0, '127.0.0.1', () => " +
        "console.log(s.address().port))"
      const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] })
      yield* Effect.addFinalizer(() => Effect.sync(() => child.kill("SIGKILL")))
      const [line] = yield* Effect.promise(() => once(child.stdout, "data"))
      const found = yield* inUse([Number(String(line))])
      assert.strictEqual(found[0]?.holder?.pid, child.pid)
      assert.isNotEmpty(found[0]?.holder?.name)
    }).pipe(Effect.provide(nodeHostPortsLayer)))

  it.effect("asks for hundreds at once, in the order asked", () =>
    Effect.gen(function*() {
      const taken = [yield* listen({ host: "127.0.0.1" }), yield* listen({ host: "0.0.0.0" })]
        .filter((port) => port !== null)
      const ports = Array.from({ length: 300 }, (_, index) => 20_000 + index)
      const found = (yield* inUse([...taken, ...ports])).map(({ port }) => port)
      assert.deepStrictEqual(found.slice(0, 2), taken)
    }).pipe(Effect.provide(nodeHostPortsLayer)))
})

describe("parseListeners", () => {
  it("takes those that listen, of both IP versions", () => {
    const table = [
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
      "   0: 0100007F:1F41 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0 100 0 0 10 0",
      "   1: 0100007F:1F42 0100007F:1F41 01 00000000:00000000 00:00000000 00000000     0        0 4243 1 0 20 4 30 10 -1",
      "   2: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 " +
      "00:00000000 00000000     0        0 77 1 0 100 0 0 10 0",
      ""
    ].join("\n")
    assert.deepStrictEqual(parseListeners(table), [{ port: 8001, inode: "4242" }, { port: 80, inode: "77" }])
    assert.deepStrictEqual(parseListeners("garbage\n"), [])
  })
})
