import { assert, describe, it } from "@effect/vitest"
import { ComposeFailed } from "./Compose.ts"
import { portConflictIn } from "./PortConflict.ts"

const driver = "driver failed programming external connectivity on endpoint shop-slot-1-web-1 (e613cfcf291bd6a2): "

const told: ReadonlyArray<readonly [port: number | null, text: string]> = [
  // Engine 20.10 to 26
  [8081, `Error response from daemon: ${driver}Bind for 0.0.0.0:8081 failed: port is already allocated`],
  [8081, `${driver}Bind for :::8081 failed: port is already allocated`],
  [8081, `${driver}Error starting userland proxy: listen tcp4 0.0.0.0:8081: bind: address already in use`],
  [8081, `${driver}Error starting userland proxy: listen tcp6 [::]:8081: bind: address already in use`],
  [8081, `${driver}Error starting userland proxy: listen udp4 0.0.0.0:8081: bind: address already in use`],
  [8081, `${driver}Error starting userland proxy: listen tcp 127.0.0.1:8081: bind: address already in use`],
  [8081, `${driver}Error starting userland proxy: Bind for 0.0.0.0:8081: unexpected error (Failure EADDRINUSE)`],
  // 27
  [
    2375,
    `${driver}failed to bind port 127.0.0.1:2375/tcp: ` +
    "Error starting userland proxy: listen tcp4 127.0.0.1:2375: bind: address already in use"
  ],
  // 28 and newer
  [
    8081,
    `failed to set up container networking: ${driver}failed to bind host port for 0.0.0.0:8081:172.18.0.2:80/tcp: ` +
    "address already in use"
  ],
  [8081, `${driver}failed to bind host port for [::]:8081:[fd00::2]:80/tcp: address already in use`],
  [8081, `${driver}failed to bind host port 0.0.0.0:8081/tcp: address already in use`],
  [null, `failed to set up container networking: ${driver}failed to listen on TCP socket: address already in use`],
  // Docker Desktop
  [
    8081,
    "Error response from daemon: Ports are not available: exposing port TCP 0.0.0.0:8081 -> 0.0.0.0:0: " +
    "listen tcp 0.0.0.0:8081: bind: address already in use"
  ],
  [8081, "ports are not available: exposing port TCP 0.0.0.0:8081 -> 127.0.0.1:0: /forwards/expose returned 500"],
  [8081, "ports are not available: exposing port UDP [::]:8081 -> 127.0.0.1:0: listen udp [::]:8081: bind: whatever"],
  [
    5005,
    "Ports are not available: listen tcp 0.0.0.0:5005: bind: An attempt was made to access a socket in a way " +
    "forbidden by its access permissions."
  ],
  [
    3306,
    "listen tcp 0.0.0.0:3306: bind: Only one usage of each socket address (protocol/network address/port) is " +
    "normally permitted."
  ],
  // rootless
  [8081, "error while calling PortManager.AddPort(): listen tcp 0.0.0.0:8081: bind: address already in use"],
  [8081, "rootlessport listen tcp :8081: bind: address already in use"]
]

const others: ReadonlyArray<string> = [
  "",
  `${driver}Error starting userland proxy: listen tcp4 0.0.0.0:80: bind: permission denied`,
  "listen tcp 10.9.9.9:8081: bind: cannot assign requested address",
  "web exited: Error: listen EADDRINUSE: address already in use :::8081",
  "failed to solve: failed to compute cache key: \"/8081\" not found: not found",
  `${driver}Unable to enable DNAT rule: iptables failed`
]

describe("portConflictIn", () => {
  for (const [port, text] of told) {
    it(`${port}: ${text.replace(driver, "… ").slice(0, 100)}`, () => {
      assert.deepStrictEqual(portConflictIn(text), { port })
      assert.deepStrictEqual(portConflictIn(`Container a  Starting\n${text}\n`), { port })
    })
  }

  it("is silent about every other failure", () => {
    for (const text of others) assert.isNull(portConflictIn(text), text)
  })
})

describe("ComposeFailed", () => {
  const failed = (stderr: string) => new ComposeFailed({ action: "up", project: "shop-slot-1", exitCode: 1, stderr })

  it("names the port that is taken in its hint", () => {
    assert.strictEqual(failed("Bind for 0.0.0.0:8081 failed: port is already allocated").portTaken, 8081)
    assert.include(failed("Bind for 0.0.0.0:8081 failed: port is already allocated").hint, "port 8081")
    assert.isNull(failed("failed to listen on TCP socket: address already in use").portTaken)
    assert.isTrue(failed("failed to listen on TCP socket: address already in use").isPortConflict)
    assert.isFalse(failed("dependency failed to start: container db is unhealthy").isPortConflict)
    assert.include(failed("dependency failed to start").hint, "slipway sandbox start")
  })
})
