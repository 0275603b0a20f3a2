import { type EndpointBehaviour, HealthEndpoints, healthProbeContract } from "@slipway/core/testing"
import { Effect, Layer } from "effect"
import { createServer as createHttpServer, type RequestListener } from "node:http"
import { createServer, type Server, type Socket } from "node:net"
import { fetchHealthProbeLayer } from "./FetchHealthProbe.ts"

/** Listens on a free port until the scope closes. */
const listen = (server: Server) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly port: number; readonly sockets: ReadonlySet<Socket> }>((resume) => {
      const sockets = new Set<Socket>()
      server.on("connection", (socket: Socket) => {
        sockets.add(socket)
        socket.on("error", () => undefined)
        socket.on("close", () => sockets.delete(socket))
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = address === null || typeof address === "string" ? 0 : address.port
        resume(Effect.succeed({ port, sockets }))
      })
    }),
    ({ sockets }) =>
      Effect.callback<void>((resume) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resume(Effect.void))
      })
  )

const serverOf = (behaviour: EndpointBehaviour, count: () => void): Server => {
  const http = (listener: RequestListener) =>
    createHttpServer((request, response) => {
      count()
      listener(request, response)
    })
  switch (behaviour._tag) {
    case "Answers":
      return http((_, response) => response.writeHead(behaviour.status, behaviour.headers).end("a body"))
    case "Drips":
      return http((_, response) => response.writeHead(200).write("the first byte of many"))
    case "Hangs":
      return http(() => undefined)
    case "Breaks":
      return createServer((socket) => socket.destroy())
    case "Babbles":
      return createServer((socket) => socket.end("what is HTTP?\r\n\r\n"))
  }
}

const endpoints = Layer.succeed(
  HealthEndpoints,
  HealthEndpoints.of({
    serve: Effect.fnUntraced(function*(behaviour) {
      let asked = 0
      const { port, sockets } = yield* listen(serverOf(behaviour, () => {
        asked += 1
      }))
      const tick = Effect.callback<void>((resume) => {
        setImmediate(() => resume(Effect.void))
      })
      return {
        url: `http://localhost:${port}/health`,
        asked: Effect.map(tick, () => asked),
        open: Effect.map(tick, () => sockets.size)
      }
    }),
    unused: Effect.scoped(Effect.map(listen(createServer()), ({ port }) => `http://localhost:${port}/health`))
  })
)

healthProbeContract("node", Layer.merge(fetchHealthProbeLayer, endpoints))
