import { type AgentJob, EngineUnavailable, Host, Impatience, RunnerFailed, TaskRunner } from "@slipway/core"
import { Deferred, Duration, Effect, Layer, Semaphore, Stream } from "effect"
import { Readable } from "node:stream"
import { agentGrace, type TaskRunnerOptions } from "../process/ProcessTaskRunner.ts"
import { Subprocess } from "../process/Subprocess.ts"
import { agentContainer, agentContainerName, agentLabels, type EngineTraits } from "./AgentContainer.ts"
import { ensureImage } from "./AgentImage.ts"
import { connectEngine, dial, type EngineConnection } from "./EngineConnection.ts"
import { isSettled, statusOf } from "./EngineFailure.ts"
import { makeFrameReader } from "./OutputFrames.ts"
import { registryLogin } from "./RegistryCredentials.ts"

/** What making or starting a container may take on a busy engine. */
const startLimit = "5 minutes"

/** What is still printed after a container was stopped is waited for this long. */
const lastWords = "5 seconds"

/**
 * Runs agents in containers of their image, by the Engine API: the workspace at `/workspace`, a home of its own at
 * `/home/agent`, both as the user who runs Slipway, so that what the agent writes can be read and removed. The container is
 * removed whatever happens; one that a killed Slipway left is known by its labels. The client is loaded at the first call.
 *
 * @example
 * Effect.provide(program, dockerTaskRunnerLayer().pipe(Layer.provide(Subprocess.layer), Layer.provide(host)))
 */
export const dockerTaskRunnerLayer = (
  options: TaskRunnerOptions = {}
): Layer.Layer<TaskRunner, never, Host | Subprocess> => Layer.effect(TaskRunner, makeDockerTaskRunner(options))

/** The runner of {@link dockerTaskRunnerLayer}. */
export const makeDockerTaskRunner = Effect.fnUntraced(function*(options: TaskRunnerOptions) {
  const host = yield* Host
  const subprocess = yield* Subprocess
  const engine = yield* connectEngine(host.variables)
  const grace = Duration.fromInputUnsafe(options.grace ?? agentGrace)
  const graceSeconds = Math.ceil(Duration.toSeconds(grace))
  let known: EngineTraits | undefined
  // Asked for again after a failure: the engine may be there by then.
  const traits = Effect.suspend(() =>
    known === undefined
      ? Effect.tap(engineTraits(engine), (found) =>
        Effect.sync(() => {
          known = found
        }))
      : Effect.succeed(known)
  )
  const onePullAtOnce = yield* Semaphore.make(1)
  const running = new Set<string>()

  const run = Effect.fn("TaskRunner.run")(function*(job: AgentJob) {
    yield* onePullAtOnce.withPermit(
      ensureImage(engine, job.image, registryLogin(job.image, host.variables, subprocess))
    )
    const wanted = agentContainer(job, yield* traits, graceSeconds)
    const name = agentContainerName(job.key)
    const make = Effect.gen(function*() {
      running.add(name)
      return yield* makeContainer(engine, wanted, job.key.uid)
    })
    const use = (id: string) => Effect.scoped(runContainer(engine, id, job, grace))
    const release = (id: string) => removeContainer(engine, id, name)
    return yield* Effect.acquireUseRelease(make, use, release).pipe(
      Effect.ensuring(Effect.sync(() => running.delete(name)))
    )
  }, (effect) => Effect.catchTag(effect, "EngineUnavailable", (error) => Effect.fail(setupFailure(error))))

  const sweep = Effect.fn("TaskRunner.sweep")(function*(uid: string) {
    const found = yield* engine.ask((docker, abortSignal) =>
      docker.listContainers({ all: true, filters: { label: [`${agentLabels.run}=${uid}`] }, abortSignal })
    )
    const left = found.filter(({ Names }) => !(Names ?? []).some((name) => running.has(name.replace(/^\//u, ""))))
    yield* Effect.forEach(
      left,
      ({ Id }) =>
        Effect.andThen(
          stopContainer(engine, Id, grace),
          engine.remove((docker, abortSignal) => docker.getContainer(Id).remove({ force: true, v: true, abortSignal }))
        ),
      { concurrency: 8, discard: true }
    )
    return left.length
  }, (effect) => Effect.catchTag(effect, "EngineUnavailable", (error) => Effect.fail(setupFailure(error))))

  return TaskRunner.of({ traits: { kind: "docker", needsCommand: false }, run, sweep })
})

/**
 * Whose files a container's are: an engine without root makes its root the caller, and may give others other numbers. And
 * how many processors it has to give.
 */
const engineTraits = (engine: EngineConnection): Effect.Effect<EngineTraits, EngineUnavailable> =>
  Effect.map(engine.ask((docker) => docker.info()), (told: unknown) => {
    const info: Readonly<Record<string, unknown>> = typeof told === "object" && told !== null ? { ...told } : {}
    const { NCPU, SecurityOptions } = info
    const has = (name: string) =>
      Array.isArray(SecurityOptions) && SecurityOptions.some((one) => String(one).startsWith(`name=${name}`))
    const own = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`
    const processors = typeof NCPU === "number" && NCPU > 0 ? NCPU : null
    return has("rootless")
      ? { user: "0:0", isRemapped: false, processors }
      : { user: own, isRemapped: has("userns"), processors }
  })

/** Makes an attempt's container; one of the same attempt that a killed Slipway left is in its way, and removed. */
const makeContainer = (
  engine: EngineConnection,
  wanted: ReturnType<typeof agentContainer>,
  uid: string
): Effect.Effect<string, EngineUnavailable> =>
  engine.ask(async (docker, abortSignal) => {
    const create = async () => (await docker.createContainer({ ...wanted, abortSignal })).id
    try {
      return await create()
    } catch (cause) {
      if (statusOf(cause) !== 409 || wanted.name === undefined) throw cause
      const left = docker.getContainer(wanted.name)
      const info = await left.inspect({ abortSignal })
      if (info.Config.Labels?.[agentLabels.run] !== uid) throw cause
      await left.remove({ force: true, v: true, abortSignal })
      return await create()
    }
  }, startLimit)

/** Runs a container that is made, and gives its exit code. */
const runContainer = Effect.fnUntraced(function*(
  engine: EngineConnection,
  id: string,
  job: AgentJob,
  grace: Duration.Duration
) {
  const impatience = yield* Impatience
  const end = yield* awaitedEnd(engine, id)
  const output = yield* engine.open((docker, abortSignal) =>
    docker.getContainer(id).attach({ stream: true, stdout: true, stderr: true, abortSignal }).then(asReadable)
  )
  yield* Effect.mapError(
    engine.ask((docker, abortSignal) => docker.getContainer(id).start({ abortSignal }), startLimit),
    (error) => error.refused ? startFailure(error.reason, job) : error
  )
  yield* job.onStarted

  const read = makeFrameReader()
  let firstWords = ""
  const tell = Stream.runForEach(output, (chunk) =>
    Effect.forEach(read(chunk), ({ bytes, stream }) => {
      if (firstWords.length < mostFirstWords) firstWords += Buffer.from(bytes).toString("latin1")
      return job.onOutput(bytes, stream)
    }, { discard: true }))
  const stopped = yield* Deferred.make<void>()
  const stop = Effect.andThen(
    Effect.ignore(stopContainer(engine, id, grace)),
    Deferred.succeed(stopped, undefined)
  )
  const silent = Effect.raceFirst(impatience, Effect.andThen(Deferred.await(stopped), Effect.sleep(lastWords)))
  // The last words of one that is being stopped are told too.
  const telling = Effect.uninterruptible(Effect.raceFirst(tell, silent))
  const ending = Effect.onInterrupt(end, () => stop)
  const [, ended] = yield* Effect.mapError(Effect.all([telling, ending], { concurrency: 2 }), (error) => lost(error))
  const exitCode = exitCodeIn(ended)
  const unable = initFailure(firstWords, exitCode, job)
  if (unable !== null) return yield* unable
  if (yield* wasOutOfMemory(engine, id)) {
    yield* job.onOutput(new TextEncoder().encode("slipway: the container ran out of memory and was killed\n"), "stderr")
  }
  return exitCode
})

const mostFirstWords = 512

const asReadable = (answer: unknown): Readable => {
  if (answer instanceof Readable) return answer
  throw new EngineUnavailable({ reason: "what answers there is no container engine" })
}

/**
 * Asks how a container that is yet to be started will end. The answer begins at once and ends then, and it is read piece by
 * piece: the client never tells that an answer broke off, and output that breaks off looks as if it had ended.
 */
const awaitedEnd = (engine: EngineConnection, id: string) =>
  Effect.map(
    engine.open((docker, signal) =>
      dial(docker, signal, `/containers/${id}/wait?condition=next-exit`, {}, true, "POST").then(asReadable)
    ),
    (pieces) =>
      Effect.flatMap(Stream.runCollect(pieces), (all) =>
        Effect.try({
          try: (): unknown => JSON.parse(Buffer.concat(all).toString("utf8")),
          catch: () => new EngineUnavailable({ reason: "it did not tell how the container ended" })
        }))
  )

const exitCodeIn = (end: unknown): number =>
  typeof end === "object" && end !== null && "StatusCode" in end && typeof end.StatusCode === "number"
    ? end.StatusCode
    : 255

const wasOutOfMemory = (engine: EngineConnection, id: string): Effect.Effect<boolean> =>
  engine.ask((docker, abortSignal) => docker.getContainer(id).inspect({ abortSignal })).pipe(
    Effect.map(({ State }) => State.OOMKilled),
    Effect.orElseSucceed(() => false)
  )

/** Asks a container to end, for as long as the grace period and the caller's patience last. */
const stopContainer = (
  engine: EngineConnection,
  id: string,
  grace: Duration.Duration
): Effect.Effect<void, EngineUnavailable> =>
  Effect.flatMap(Impatience, (impatience) => {
    const limit = Duration.sum(grace, Duration.seconds(30))
    const seconds = Math.ceil(Duration.toSeconds(grace))
    const ask = engine.ask(async (docker, abortSignal) => {
      try {
        await docker.getContainer(id).stop({ t: seconds, abortSignal })
      } catch (cause) {
        if (!isSettled(cause)) throw cause
      }
    }, limit)
    const kill = engine.ask(async (docker, abortSignal) => {
      try {
        await docker.getContainer(id).kill({ abortSignal })
      } catch (cause) {
        // It does not run any more.
        if (statusOf(cause) === null) throw cause
      }
    })
    return Effect.raceFirst(ask, Effect.andThen(impatience, kill))
  })

/** An engine that has gone leaves the container to the next sweep. */
const removeContainer = (engine: EngineConnection, id: string, name: string): Effect.Effect<void> =>
  engine.remove((docker, abortSignal) => docker.getContainer(id).remove({ force: true, v: true, abortSignal })).pipe(
    Effect.catch((error) => Effect.logWarning(`the container ${name} is left over: ${error.reason}`))
  )

const setupFailure = ({ reason, refused }: EngineUnavailable): RunnerFailed =>
  new RunnerFailed({
    reason: refused ? "ContainerRefused" : "EngineUnavailable",
    message: refused ? `the engine makes no container: ${reason}` : `the container engine is not there: ${reason}`,
    failure: "setup",
    transient: !refused
  })

const lost = ({ reason }: EngineUnavailable): RunnerFailed =>
  new RunnerFailed({
    reason: "EngineUnavailable",
    message: `the container engine went away while the agent ran: ${reason}`,
    failure: "interrupted",
    transient: true
  })

const startFailure = (reason: string, job: AgentJob): RunnerFailed => {
  const kind = /not found|no such file/iu.test(reason)
    ? "ProgramNotFound"
    : /permission denied/iu.test(reason)
    ? "ProgramNotExecutable"
    : "ContainerNotStarted"
  return new RunnerFailed({
    reason: kind,
    message: `${job.image}: ${reason}`,
    failure: "setup",
    transient: false
  })
}

/** The container's first process says so itself when it cannot start the program. */
const initFailure = (words: string, exitCode: number, job: AgentJob): RunnerFailed | null => {
  if (exitCode !== 126 && exitCode !== 127) return null
  const found = /^\[FATAL tini \(\d+\)\] exec (.*) failed: (.*)/u.exec(words)
  if (found === null) return null
  const [, program = "", reason = ""] = found
  return startFailure(`${program}: ${reason}`, job)
}
