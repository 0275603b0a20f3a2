import { assert, describe, it } from "@effect/vitest"
import { Containers, type EngineUnavailable } from "@slipway/core"
import { ScratchFolder } from "@slipway/core/testing"
import { Duration, Effect, Fiber, Layer, Queue, type Scope, Stream } from "effect"
import * as fs from "node:fs/promises"
import { createServer, type RequestListener, type Server } from "node:http"
import type { Socket } from "node:net"
import { join } from "node:path"
import { nodeHostLayer } from "../process/NodeHost.ts"
import { asOtherUser } from "../testing/OtherUser.ts"
import { temporaryFolderLayer } from "../testing/TemporaryFolder.ts"
import { dockerEngineLayer } from "./DockerEngine.ts"

/** An engine's API on a socket, that answers as a test wants; `kill` breaks every connection. */
const fakeEngine = Effect.fnUntraced(function*(listener: RequestListener) {
  const path = join((yield* ScratchFolder).path, "engine.sock")
  const sockets = new Set<Socket>()
  const server: Server = createServer(listener)
  server.on("connection", (socket) => {
    sockets.add(socket)
    socket.on("close", () => sockets.delete(socket))
  })
  const kill = Effect.callback<void>((resume) => {
    for (const socket of sockets) socket.destroy()
    server.close(() => resume(Effect.void))
  })
  yield* Effect.acquireRelease(
    Effect.callback<void>((resume) => {
      server.listen(path, () => resume(Effect.void))
    }),
    () => kill
  )
  return { path, kill, open: () => sockets.size }
})

const on = <A, E>(path: string, body: Effect.Effect<A, E, Containers>) =>
  Effect.provide(
    body,
    dockerEngineLayer.pipe(
      Layer.provide(nodeHostLayer({ variables: { DOCKER_HOST: `unix://${path}` }, home: "/nowhere" }))
    )
  )

const json = (status: number, content: unknown): RequestListener => (_, response) =>
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(content))

const call = <A, E>(use: (containers: Containers["Service"]) => Effect.Effect<A, E>) => Effect.flatMap(Containers, use)

const test = (title: string, body: () => Effect.Effect<void, unknown, ScratchFolder | Scope.Scope>) =>
  it.live(title, () => body().pipe(Effect.scoped, Effect.provide(temporaryFolderLayer)))

describe("an engine that does not answer", () => {
  const reason = (path: string) =>
    Effect.map(Effect.flip(on(path, call(({ ping }) => ping))), (failure) => {
      assert.strictEqual(failure._tag, "EngineUnavailable")
      return failure.message
    })

  test("says what is missing, who refuses, and what to do about rights", () =>
    Effect.gen(function*() {
      const folder = (yield* ScratchFolder).path
      assert.include(yield* reason(join(folder, "absent.sock")), `${join(folder, "absent.sock")} does not exist`)

      const { kill, path } = yield* fakeEngine(json(200, {}))
      yield* Effect.promise(async () => {
        await fs.chmod(folder, 0o755)
        await fs.chmod(path, 0o600)
      })
      const denied = yield* asOtherUser(reason(path))
      if (process.geteuid?.() === 0) assert.include(denied, "docker group")

      // Its socket stays behind when an engine is killed.
      const dead = `${path}.dead`
      yield* Effect.promise(() => fs.link(path, dead))
      yield* kill
      assert.include(yield* reason(dead), `nothing answers at ${dead}`)
    }))

  test("is told apart from something else that answers", () =>
    Effect.gen(function*() {
      const { path } = yield* fakeEngine((_, response) => response.end("hello"))
      assert.include(yield* reason(path), "no container engine")
    }))

  test("lets go of the question when the asker leaves", () =>
    Effect.gen(function*() {
      const asked = yield* Queue.unbounded<void>()
      const engine = yield* fakeEngine(() => Queue.offerUnsafe(asked, undefined))
      const fiber = yield* Effect.forkChild(on(engine.path, call(({ list }) => list({}))))
      yield* Queue.take(asked)
      yield* Fiber.interrupt(fiber).pipe(Effect.timeout("10 seconds"))
      yield* Effect.yieldNow.pipe(Effect.repeat({ until: () => engine.open() === 0 }), Effect.timeout("10 seconds"))
    }))
})

describe("an engine that refuses", () => {
  test("is told in its own words", () =>
    Effect.gen(function*() {
      const { path } = yield* fakeEngine(json(500, { message: "no space left on device" }))
      const failure = yield* Effect.flip(on(path, call(({ list }) => list({}))))
      assert.strictEqual(failure.message, "Docker refuses: no space left on device")
      assert.isTrue(failure.refused)
    }))

  test("does not hinder removals of what is gone or going", () =>
    Effect.gen(function*() {
      const answers = yield* Effect.forEach(
        [
          [404, "no such thing"],
          [304, ""],
          [409, "removal of container web is already in progress"]
        ] as const,
        ([status, message]) =>
          Effect.scoped(Effect.gen(function*() {
            const { path } = yield* fakeEngine((request, response) =>
              request.url?.includes("/wait") === true
                ? json(404, { message: "no such container" })(request, response)
                : json(status, { message })(request, response)
            )
            yield* on(
              path,
              call((containers) =>
                Effect.all([
                  containers.remove("web", 0),
                  containers.removeNetwork("n"),
                  containers.removeVolume("v"),
                  containers.removeImage("i")
                ])
              )
            )
            return status
          }))
      )
      assert.lengthOf(answers, 3)
    }))
})

describe("an engine that dies in the middle", () => {
  const following = <A>(
    listener: RequestListener,
    follow: (containers: Containers["Service"]) => Stream.Stream<A, EngineUnavailable>
  ) =>
    Effect.gen(function*() {
      const { kill, path } = yield* fakeEngine(listener)
      const seen = yield* Queue.unbounded<A>()
      const fiber = yield* on(
        path,
        call((containers) => Stream.runForEach(follow(containers), (one) => Queue.offer(seen, one)))
      ).pipe(Effect.flip, Effect.forkChild)
      const first = yield* Queue.take(seen).pipe(Effect.timeout(Duration.seconds(10)))
      yield* kill
      const failure = yield* Fiber.join(fiber).pipe(Effect.timeout(Duration.seconds(10)))
      assert.strictEqual(failure._tag, "EngineUnavailable")
      return first
    })

  test("fails the follower of a log", () =>
    Effect.gen(function*() {
      const first = yield* following((request, response) =>
        request.url?.includes("/logs") === true
          ? response.writeHead(200).write("a line\nand a part of")
          : json(200, { Config: { Tty: true } })(request, response), ({ logs }) =>
        logs({ id: "web", service: "web" }, { follow: true }))
      assert.deepStrictEqual(first, { service: "web", stream: "stdout", text: "a line" })
    }))

  test("fails the follower of events, and garbage among them does no harm", () =>
    Effect.gen(function*() {
      const event = { Action: "die", Actor: { ID: "1", Attributes: { "com.docker.compose.service": "web" } } }
      const first = yield* following(
        (_, response) => response.writeHead(200).write(`\n{ garbage\n42\n{}\n${JSON.stringify(event)}\n`),
        ({ events }) => events("shop")
      )
      assert.deepStrictEqual(first, { id: "1", service: "web", action: "die" })
    }))

  test("an end of the events is a failure too", () =>
    Effect.gen(function*() {
      const { path } = yield* fakeEngine((_, response) => response.writeHead(200).end())
      const failure = yield* Effect.flip(on(path, call(({ events }) => Stream.runDrain(events("shop")))))
      assert.strictEqual(failure._tag, "EngineUnavailable")
    }))
})

describe("networks of one name that were made at the same moment", () => {
  interface Network {
    readonly Id: string
    readonly Name: string
    readonly Created: string
    readonly Containers: Readonly<Record<string, unknown>>
  }
  const network = (Id: string, second: number, used = false): Network => ({
    Id,
    Name: "shared",
    Created: `2026-11-21T06:00:0${second}Z`,
    Containers: used ? { web: {} } : {}
  })

  /** Ensures `shared` where others made `theirs` while ours was made; gives whether it was ours and what is left. */
  const ensure = (before: ReadonlyArray<Network>, theirs: ReadonlyArray<Network>) =>
    Effect.gen(function*() {
      let networks = before
      const { path } = yield* fakeEngine((request, response) => {
        const id = /\/networks\/([^/?]+)/u.exec(request.url ?? "")?.[1]
        if (id === "create") {
          networks = [...networks, ...theirs, network("ours", 5)]
          return json(201, { Id: "ours" })(request, response)
        }
        if (id === undefined) {
          return json(200, networks.map((one) => ({ ...one, Containers: {} })))(request, response)
        }
        if (request.method !== "DELETE") {
          return json(200, networks.find((one) => one.Id === id))(request, response)
        }
        networks = networks.filter((one) => one.Id !== id)
        return response.writeHead(204).end()
      })
      const made = yield* on(path, call(({ ensureNetwork }) => ensureNetwork("shared")))
      return [made, networks.map(({ Id }) => Id)] as const
    })

  test("leave the one in use, else the oldest", () =>
    Effect.gen(function*() {
      const sole = (before: ReadonlyArray<Network>, theirs: ReadonlyArray<Network>) =>
        Effect.scoped(ensure(before, theirs))
      assert.deepStrictEqual(yield* sole([], []), [true, ["ours"]])
      assert.deepStrictEqual(yield* sole([network("old", 1)], []), [false, ["old"]])
      assert.deepStrictEqual(yield* sole([], [network("older", 4)]), [false, ["older"]])
      assert.deepStrictEqual(yield* sole([], [network("younger", 6)]), [true, ["ours"]])
      assert.deepStrictEqual(yield* sole([], [network("younger", 6, true)]), [false, ["younger"]])
      assert.deepStrictEqual(yield* sole([network("b", 2), network("a", 2), network("c", 1)], []), [false, ["c"]])
      assert.deepStrictEqual(yield* sole([{ ...network("like", 1), Name: "shared-not" }], []), [
        true,
        ["like", "ours"]
      ])
    }))
})
