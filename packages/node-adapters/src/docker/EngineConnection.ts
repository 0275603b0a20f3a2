import { EngineUnavailable } from "@slipway/core"
import type Docker from "dockerode"
import { type Duration, Effect, type Scope, Stream } from "effect"
import type { Readable } from "node:stream"
import { describeEngine, type EngineAddress, findEngine } from "./EngineAddress.ts"
import { engineFailure, isBroken, isSettled } from "./EngineFailure.ts"
import { engineStream } from "./EngineStream.ts"

/** One request to an engine; the signal ends it. */
type EngineRequest<A> = (docker: Docker, abortSignal: AbortSignal) => Promise<A>

/** An engine, by its API. Every request ends, be it by its time limit. */
export interface EngineConnection {
  readonly ask: <A>(request: EngineRequest<A>, limit?: Duration.Input) => Effect.Effect<A, EngineUnavailable>
  /** A removal that finds nothing to remove, or another one at work, is done. */
  readonly remove: (request: EngineRequest<unknown>) => Effect.Effect<void, EngineUnavailable>
  readonly stream: (request: EngineRequest<Readable>) => Stream.Stream<Buffer, EngineUnavailable>
  /** As `stream`, but asked for at once: nothing of what follows is missed. To be run once. */
  readonly open: (
    request: EngineRequest<Readable>
  ) => Effect.Effect<Stream.Stream<Buffer, EngineUnavailable>, EngineUnavailable, Scope.Scope>
}

/** What a look takes at most, on an engine that is busy building. */
const lookLimit = "30 seconds"
const removalLimit = "2 minutes"

/** Connects at the first request: the client is large, and many commands need no engine. */
export const connectEngine = (
  variables: Readonly<Record<string, string>>
): Effect.Effect<EngineConnection> =>
  // Kept also when the first one who asked has left: what is interrupted here would be for all.
  Effect.map(Effect.cached(Effect.uninterruptible(openEngine(variables))), (engine) => {
    const ask = <A>(request: EngineRequest<A>, limit: Duration.Input = lookLimit) =>
      Effect.flatMap(engine, ({ address, docker }) =>
        Effect.tryPromise({
          try: (signal) => request(docker, signal),
          catch: (cause) => ({ cause })
        }).pipe(
          Effect.retry({ times: 1, while: ({ cause }) => isBroken(cause) }),
          Effect.mapError(({ cause }) => engineFailure(cause, address)),
          Effect.timeoutOrElse({
            duration: limit,
            orElse: () => Effect.fail(new EngineUnavailable({ reason: `${address} does not answer` }))
          })
        ))
    return {
      ask,
      remove: (request) =>
        Effect.asVoid(ask(async (docker, signal) => {
          try {
            await request(docker, signal)
          } catch (cause) {
            if (!isSettled(cause)) throw cause
          }
        }, removalLimit)),
      stream: (request) => Stream.unwrap(Effect.map(engine, ({ address }) => engineStream(ask(request), address))),
      open: (request) =>
        Effect.gen(function*() {
          const { address } = yield* engine
          const readable = yield* Effect.acquireRelease(ask(request), (opened) => Effect.sync(() => opened.destroy()))
          return engineStream(Effect.succeed(readable), address)
        })
    }
  })

const openEngine = Effect.fnUntraced(function*(variables: Readonly<Record<string, string>>) {
  const found: EngineAddress = yield* findEngine(variables)
  const address = describeEngine(found)
  // What the client would otherwise take from the environment of this process.
  const absent = { host: undefined, port: undefined, socketPath: undefined, protocol: undefined, username: undefined }
  const options: object = {
    ...absent,
    ca: undefined,
    cert: undefined,
    key: undefined,
    timeout: undefined,
    pathPrefix: "/",
    sshOptions: { agent: variables["SSH_AUTH_SOCK"] },
    ...found
  }
  const docker = yield* Effect.tryPromise({
    try: async () => {
      const [{ default: Client }, { Agent }] = await Promise.all([import("dockerode"), import("node:http")])
      // A connection that is kept for later is dead after an engine's restart, and the next request fails.
      return new Client(found.protocol === "https" ? options : { ...options, agent: new Agent({ keepAlive: false }) })
    },
    catch: (cause) => engineFailure(cause, address)
  })
  return { docker, address }
})

/** The part of the client's transport that is used for requests which the client has no typed method for. */
interface Transport {
  readonly dial: (
    options: {
      readonly path: string
      readonly method: "GET" | "POST"
      readonly isStream: boolean
      readonly abortSignal: AbortSignal
      readonly statusCodes: Readonly<Record<number, true | string>>
      readonly options: Readonly<Record<string, unknown>>
    },
    callback: (error: unknown, answer: unknown) => void
  ) => void
}

/** A request by the client's transport; one with POST has no body. */
export const dial = (
  docker: Docker,
  abortSignal: AbortSignal,
  path: string,
  query: Readonly<Record<string, unknown>>,
  isStream: boolean,
  method: "GET" | "POST" = "GET"
): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const transport: Transport = docker.modem
    const options = { path: `${path}?`, method, isStream, abortSignal, options: query } as const
    transport.dial(
      { ...options, statusCodes: { 200: true } },
      (error, answer) => error === null || error === undefined ? resolve(answer) : reject(error)
    )
  })
