import { assert, describe, it } from "@effect/vitest"
import { utf8ToBytes } from "@noble/hashes/utils.js"
import { Deferred, Effect, Fiber, type Layer, type Scope } from "effect"
import { TaskRunner } from "../batch/attempt/TaskRunner.ts"
import { Impatience } from "../operation/Impatience.ts"
import { type AgentBehaviour, AgentSamples, type SampleJob } from "./AgentSamples.ts"

const printed = (text: string, stream: "stdout" | "stderr" = "stdout") => ({ stream, bytes: utf8ToBytes(text) })

/** Each byte a character: what is printed may be cut anywhere. */
const latin1 = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")

/** Half a character, no character at all, a NUL and a whole one. */
const rawBytes = Uint8Array.of(0xc3, 0x0a, 0xff, 0xfe, 0x00, 0x0a, 0xf0, 0x9f, 0x9b, 0xa0)

/** What every implementation of {@link TaskRunner} does; its grace period is to be a few seconds at most. */
export const taskRunnerContract = <E>(
  name: string,
  layer: Layer.Layer<TaskRunner | AgentSamples, E>,
  options: { readonly timeout?: number; readonly skip?: boolean; readonly hasShell?: boolean } = {}
): void => {
  const { hasShell = false, skip = false, timeout = 60_000 } = options

  const test = (title: string, body: Effect.Effect<void, unknown, TaskRunner | AgentSamples | Scope.Scope>) =>
    it.live(title, () => body.pipe(Effect.scoped, Effect.provide(layer)), timeout)

  /** Runs a job, and takes down what is told of it. */
  const begin = Effect.fnUntraced(function*(job: SampleJob, impatience: Effect.Effect<void> = Effect.never) {
    const runner = yield* TaskRunner
    const pieces = { stdout: Array<Uint8Array>(), stderr: Array<Uint8Array>() }
    const said = { stdout: "", stderr: "" }
    let starts = 0
    const isReady = yield* Deferred.make<void>()
    const running = runner.run({
      ...job,
      onStarted: Effect.sync(() => {
        assert.strictEqual(said.stdout + said.stderr, "")
        starts++
      }),
      onOutput: (bytes, stream) =>
        Effect.suspend(() => {
          pieces[stream].push(Uint8Array.from(bytes))
          said[stream] = (said[stream] + latin1(bytes)).slice(-100_000)
          return said[stream].includes("ready\n") ? Deferred.succeed(isReady, undefined) : Effect.void
        })
    })
    const fiber = yield* Effect.forkScoped(Effect.provideService(running, Impatience, impatience))
    return {
      fiber,
      said,
      starts: () => starts,
      bytes: (stream: "stdout" | "stderr") => Uint8Array.from(pieces[stream].flatMap((piece) => [...piece])),
      size: () => pieces.stdout.reduce((sum, piece) => sum + piece.length, 0),
      /** It has printed `ready`. */
      ready: Effect.raceFirst(Deferred.await(isReady), Effect.asVoid(Fiber.await(fiber)))
    }
  })

  const made = (behaviour: AgentBehaviour) => Effect.flatMap(AgentSamples, (samples) => samples.make(behaviour))

  const script = Effect.fnUntraced(function*(text: string) {
    const { shell } = yield* AgentSamples
    return shell === null ? yield* Effect.die("there is no shell") : yield* shell(text)
  })

  /** Nothing of a job is there any more. */
  const assertNothingLeft = Effect.fnUntraced(function*({ key }: SampleJob) {
    assert.strictEqual(yield* (yield* AgentSamples).left(key.uid), 0)
  })

  describe.skipIf(skip)(`${name}: TaskRunner`, () => {
    test(
      "runs an agent to its end, and tells its exit code and once that it runs",
      Effect.gen(function*() {
        for (const exitCode of [0, 3, 255]) {
          const job = yield* made({ exitCode })
          const agent = yield* begin(job)
          assert.strictEqual(yield* Fiber.join(agent.fiber), exitCode)
          assert.strictEqual(agent.starts(), 1)
          assert.deepStrictEqual(agent.said, { stdout: "", stderr: "" })
          yield* assertNothingLeft(job)
        }
      })
    )

    test(
      "tells what it prints byte by byte, each stream in its order",
      Effect.gen(function*() {
        const agent = yield* begin(
          yield* made({
            output: [
              printed("one\n"),
              printed("aside\n", "stderr"),
              { stream: "stdout", bytes: rawBytes },
              printed("end", "stderr")
            ],
            exitCode: 0
          })
        )
        yield* Fiber.join(agent.fiber)
        assert.deepStrictEqual(agent.bytes("stdout"), Uint8Array.of(...utf8ToBytes("one\n"), ...rawBytes))
        assert.strictEqual(agent.said.stderr, "aside\nend")
      })
    )

    test(
      "stops an agent when it is interrupted, and leaves nothing of it",
      Effect.gen(function*() {
        const job = yield* made({ output: [printed("ready\n")] })
        const agent = yield* begin(job)
        yield* agent.ready
        yield* Fiber.interrupt(agent.fiber)
        yield* assertNothingLeft(job)
      })
    )

    test(
      "kills one that does not listen as soon as its caller grows impatient",
      Effect.gen(function*() {
        const job = yield* made({ output: [printed("ready\n")], isDeaf: true })
        const isImpatient = yield* Deferred.make<void>()
        const agent = yield* begin(job, Deferred.await(isImpatient))
        yield* agent.ready
        const stopping = yield* Effect.forkScoped(Fiber.interrupt(agent.fiber))
        yield* Deferred.succeed(isImpatient, undefined)
        yield* Fiber.join(stopping)
        yield* assertNothingLeft(job)
      })
    )

    test(
      "says why an agent cannot be started",
      Effect.gen(function*() {
        const job = yield* (yield* AgentSamples).unable
        const agent = yield* begin(job)
        const failure = yield* Effect.flip(Fiber.join(agent.fiber))
        assert.strictEqual(failure.failure, "setup")
        assert.match(failure.reason, /^[A-Z][A-Za-z]+$/u)
        assert.isNotEmpty(failure.message)
        assert.strictEqual(agent.starts(), 0)
        yield* assertNothingLeft(job)
      })
    )

    test(
      "runs many at once, and mixes none up",
      Effect.gen(function*() {
        const jobs = yield* Effect.forEach(
          [1, 2, 3, 4],
          (code) => made({ output: [printed(`agent ${code}\n`)], exitCode: code })
        )
        const agents = yield* Effect.forEach(jobs, (job) => begin(job))
        const codes = yield* Effect.forEach(agents, ({ fiber }) => Fiber.join(fiber))
        assert.deepStrictEqual(codes, [1, 2, 3, 4])
        assert.deepStrictEqual(agents.map(({ said }) => said.stdout), codes.map((code) => `agent ${code}\n`))
      })
    )

    test(
      "sweeps what a killed one left of a run, and nothing else",
      Effect.gen(function*() {
        const samples = yield* AgentSamples
        const runner = yield* TaskRunner
        const [uid, other] = [yield* samples.leave, yield* samples.leave]
        const job = yield* made({ output: [printed("ready\n")] })
        const agent = yield* begin({ ...job, key: { ...job.key, index: 7 } })
        yield* agent.ready
        assert.isAbove(yield* samples.left(uid), 0)
        assert.isAbove(yield* runner.sweep(uid), 0)
        assert.strictEqual(yield* samples.left(uid), 0)
        assert.isAbove(yield* samples.left(other), 0)
        assert.strictEqual(yield* runner.sweep(uid), 0)
        // What it runs itself is waited for.
        assert.strictEqual(yield* runner.sweep(job.key.uid), 0)
        assert.isAbove(yield* samples.left(job.key.uid), 0)
        yield* Fiber.interrupt(agent.fiber)
      })
    )
  })

  if (!hasShell) return

  describe.skipIf(skip)(`${name}: TaskRunner with a shell`, () => {
    test(
      "gives 128 + n after signal n",
      Effect.gen(function*() {
        for (const [signal, code] of [["KILL", 137], ["TERM", 143]] as const) {
          const agent = yield* begin(yield* script(`kill -${signal} $$; sleep 600`))
          assert.strictEqual(yield* Fiber.join(agent.fiber), code)
        }
      })
    )

    test(
      "runs in the workspace, with the job's variables, a home and no input",
      Effect.gen(function*() {
        const job = yield* script(
          "printf '%s|' \"$TOLD\" \"$TASK_NAME\" > told; cat; cd \"$WORKSPACE_DIR\" && test -f told; echo $? >> told; echo own > ~/own || exit 9"
        )
        const variables = { ...job.variables, TOLD: "a b\n$HOME 'ü'" }
        const agent = yield* begin({ ...job, variables })
        assert.strictEqual(yield* Fiber.join(agent.fiber), 0)
        const told = yield* (yield* AgentSamples).file(job, "told")
        assert.strictEqual(told, `${variables.TOLD}|${job.task}|0\n`)
      })
    )

    test(
      "lets an agent tidy up, with programs that it starts for that, and tells its last words",
      Effect.gen(function*() {
        const job = yield* script(
          "trap 'sleep 0.2; echo tidied > tidy; echo bye; exit 5' TERM; echo ready; while :; do sleep 0.05; done"
        )
        const agent = yield* begin(job)
        yield* agent.ready
        yield* Fiber.interrupt(agent.fiber)
        assert.strictEqual(yield* (yield* AgentSamples).file(job, "tidy"), "tidied\n")
        assert.include(agent.said.stdout, "bye\n")
        yield* assertNothingLeft(job)
      })
    )

    test(
      "kills one that does not listen after the grace period, with what it started",
      Effect.gen(function*() {
        const job = yield* script(
          "trap '' TERM; (while :; do sleep 1; done) & setsid sleep 600 & echo ready; while :; do sleep 1; done"
        )
        const agent = yield* begin(job)
        yield* agent.ready
        yield* Fiber.interrupt(agent.fiber)
        yield* assertNothingLeft(job)
      })
    )

    test(
      "ends when the agent does, whoever holds its streams, and leaves no daemon",
      Effect.gen(function*() {
        const job = yield* script(
          "sleep 600 & setsid sleep 600 & (setsid sh -c 'trap \"\" TERM; sleep 600; sleep 600' >/dev/null 2>&1 &); echo done; exit 4"
        )
        const agent = yield* begin(job)
        assert.strictEqual(yield* Fiber.join(agent.fiber), 4)
        assert.strictEqual(agent.said.stdout, "done\n")
        yield* assertNothingLeft(job)
      })
    )

    test(
      "tells all of a long output, with no line ends in it",
      Effect.gen(function*() {
        const agent = yield* begin(yield* script("head -c 20000000 /dev/zero | tr '\\0' x; echo; echo last >&2"))
        assert.strictEqual(yield* Fiber.join(agent.fiber), 0)
        assert.strictEqual(agent.size(), 20_000_001)
        assert.strictEqual(agent.said.stderr, "last\n")
      })
    )

    test(
      "is not done before all is told to a slow listener",
      Effect.gen(function*() {
        const runner = yield* TaskRunner
        const gate = yield* Deferred.make<void>()
        let told = 0
        const job = yield* script("head -c 3000000 /dev/zero; echo $$ > ended")
        const fiber = yield* Effect.forkScoped(
          runner.run({
            ...job,
            onStarted: Effect.void,
            onOutput: (bytes) => Effect.map(Deferred.await(gate), () => void (told += bytes.length))
          })
        )
        yield* Effect.yieldNow
        assert.strictEqual(told, 0)
        yield* Deferred.succeed(gate, undefined)
        assert.strictEqual(yield* Fiber.join(fiber), 0)
        assert.strictEqual(told, 3_000_000)
      })
    )
  })
}
