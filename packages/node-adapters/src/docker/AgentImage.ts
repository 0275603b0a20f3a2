import { type EngineUnavailable, RunnerFailed } from "@slipway/core"
import { Effect, Stream } from "effect"
import { Readable } from "node:stream"
import { makeLineReader } from "./ContainerLogs.ts"
import type { EngineConnection } from "./EngineConnection.ts"
import { statusOf } from "./EngineFailure.ts"
import type { RegistryLogin } from "./RegistryCredentials.ts"

/** Makes sure that the engine has an image: pulls it where it does not. */
export const ensureImage = Effect.fn("TaskRunner.ensureImage")(function*(
  engine: EngineConnection,
  image: string,
  login: Effect.Effect<RegistryLogin | null>
) {
  if (yield* hasImage(engine, image)) return
  const authconfig = yield* login
  const reader = makeLineReader()
  const faults = yield* engine.stream((docker, abortSignal) =>
    docker.pull(image, { abortSignal, ...(authconfig === null ? {} : { authconfig }) }).then(asReadable)
  ).pipe(
    Stream.flatMap((chunk) => Stream.fromIterable(reader.push(chunk))),
    Stream.concat(Stream.suspend(() => Stream.fromIterable(reader.end()))),
    Stream.map(faultOf),
    Stream.filter((fault) => fault !== null),
    Stream.runCollect,
    Effect.catchTag("EngineUnavailable", (error) => error.refused ? Effect.succeed([error.reason]) : Effect.fail(error))
  )
  const [fault] = faults
  if (fault === undefined) return
  return yield* new RunnerFailed({
    reason: "ImageUnavailable",
    message: `the image ${image} is not here and cannot be pulled: ${fault}`,
    failure: "setup",
    transient: isPassing(fault)
  })
})

const hasImage = (engine: EngineConnection, image: string): Effect.Effect<boolean, EngineUnavailable> =>
  engine.ask(async (docker) => {
    try {
      await docker.getImage(image).inspect()
      return true
    } catch (cause) {
      // 400: no name that an image could have; the pull says so.
      if (statusOf(cause) === 404 || statusOf(cause) === 400) return false
      throw cause
    }
  })

const asReadable = (answer: unknown): Readable => answer instanceof Readable ? answer : Readable.from([])

/** The failure that a line of a pull tells of; null for its progress. */
const faultOf = (line: string): string | null => {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return null
  }
  return typeof value === "object" && value !== null && "error" in value && typeof value.error === "string"
    ? value.error.trim()
    : null
}

const passing =
  /timeout|timed out|deadline exceeded|connection re(?:fused|set)|no such host|server misbehaving|temporary failure|unreachable|no route to host|unexpected EOF|: EOF$|toomanyrequests|too many requests|request canceled|\b50[0234]\b/iu

/** Whether a pull failed by trouble of the network or of the registry's server, which may be over soon. */
export const isPassing = (fault: string): boolean => passing.test(fault)
