import { Host, Impatience } from "@slipway/core"
import { Cause, Clock, Context, Duration, Effect, Layer, Queue, Schema } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { constants } from "node:os"
import { type OutputCollector, outputCollector } from "./OutputCollector.ts"
import { type OutputListener, outputRelay } from "./OutputRelay.ts"
import { signalProcesses, stopProcesses } from "./ProcessGroup.ts"

/** The program could not be started at all: it is missing, or may not be run, or its folder is gone. */
export class SubprocessNotStarted extends Schema.TaggedError<SubprocessNotStarted>()("SubprocessNotStarted", {
  command: Schema.Array(Schema.String),
  reason: Schema.String,
  /** The system's own word for it, such as `ENOENT`; the empty string when it has none. */
  errno: Schema.String
}) {
  override get message(): string {
    return `${this.command[0]}: ${this.reason}`
  }
}

/** One run of a program; never a shell's text. */
export interface SubprocessRequest {
  readonly command: readonly [program: string, ...args: ReadonlyArray<string>]
  /** Absolute path of the folder that it runs in. */
  readonly directory: string
  /** Set on top of the host's variables. */
  readonly variables?: Readonly<Record<string, string>>
  /** Variables of the host that it does not get. */
  readonly unset?: (name: string) => boolean
  readonly stdin?: string
  /** Shares the caller's terminal and process group; nothing is captured. Its stdout goes to the one that is named. */
  readonly inherit?: "stdout" | "stderr"
  readonly timeout?: Duration.Input
  /** Bytes; a program that prints more is killed at once, with what it started. */
  readonly outputLimit?: number
  /** Told each line as it comes, without its line end; one after the other, and all before the run is done. */
  readonly onLine?: (line: string, stream: "stdout" | "stderr") => Effect.Effect<void>
  /**
   * Told that it runs, then each piece of what it prints, in the order in which it came; slow telling holds the program
   * up. Then nothing is kept of the output, however long it is. Goes on while the program is being stopped.
   */
  readonly listener?: OutputListener
  /** Between SIGTERM and SIGKILL; 5 seconds when absent. */
  readonly grace?: Duration.Input
  /**
   * Stops the program and what it started, in the place of signals to its group. Run when it is interrupted, and also
   * when it has ended by itself: nothing of it stays.
   */
  readonly stop?: (pid: number) => Effect.Effect<void>
}

/** How a program ended. */
export interface SubprocessResult {
  /** 128 + n when signal n ended it; 124 when it did not end in time. */
  readonly exitCode: number
  readonly stdout: string
  /** When it did not end in time, the last line says so. */
  readonly stderr: string
  /** The last of both streams, in the order in which they came: at most 8 KiB. */
  readonly output: string
  readonly timedOut: boolean
  /** Whether it was killed because of its `outputLimit`. */
  readonly overflowed: boolean
}

/**
 * The one way in which Slipway runs other programs. A child gets a process group of its own, so that stopping it stops
 * what it started; interrupting the effect, or the timeout, sends SIGTERM to the group and SIGKILL five seconds later, or
 * as soon as the caller grows impatient. What a program leaves running when it ends by itself stays, unless the request
 * says how it is stopped, but is not waited for and not read any more.
 * Each run is logged at debug level with its time.
 */
export class Subprocess extends Context.Service<Subprocess, {
  readonly run: (request: SubprocessRequest) => Effect.Effect<SubprocessResult, SubprocessNotStarted>
}>()("@slipway/node-adapters/process/Subprocess") {
  static readonly layer: Layer.Layer<Subprocess, never, Host> = Layer.effect(
    Subprocess,
    Effect.map(Host, (host) => {
      const run = Effect.fn("Subprocess.run")(function*(request: SubprocessRequest) {
        const started = yield* Clock.monotonicTimeNanos
        const result = yield* runRequest(request, environmentOf(host.variables, request))
        const milliseconds = Number((yield* Clock.monotonicTimeNanos) - started) / 1e6
        yield* Effect.logDebug(
          `${request.command.join(" ")} → ${result.exitCode} in ${milliseconds.toFixed(0)} ms`
        )
        return result
      })
      return Subprocess.of({ run })
    })
  )
}

const environmentOf = (
  host: Readonly<Record<string, string>>,
  request: SubprocessRequest
): Record<string, string> => {
  const { unset } = request
  const kept = unset === undefined ? Object.entries(host) : Object.entries(host).filter(([name]) => !unset(name))
  return { ...Object.fromEntries(kept), ...request.variables }
}

type Environment = Record<string, string>
type Run = Effect.Effect<SubprocessResult, SubprocessNotStarted>

const runRequest = (request: SubprocessRequest, env: Environment): Run =>
  request.listener !== undefined
    ? runRelaying(request, env, request.listener)
    : request.onLine === undefined
    ? runWithin(request, env, collectorOf(undefined))
    : runTelling(request, env, request.onLine)

/** Bytes are told by a fiber of their own, to the last of them also when the program is being stopped. */
const runRelaying = Effect.fnUntraced(function*(
  request: SubprocessRequest,
  env: Environment,
  listener: OutputListener
) {
  const impatience = yield* Impatience
  const relay = yield* outputRelay(listener)
  const running = Effect.ensuring(runWithin(request, env, () => relay), relay.end)
  const tell = Effect.uninterruptible(Effect.raceFirst(relay.tell, Effect.andThen(impatience, relay.discard)))
  const [result] = yield* Effect.all([running, tell], { concurrency: 2 })
  return result
})

/** Lines are told by a fiber of their own: telling one must neither hold up the program nor be overtaken. */
const runTelling = Effect.fnUntraced(function*(
  request: SubprocessRequest,
  env: Environment,
  onLine: NonNullable<SubprocessRequest["onLine"]>
) {
  const lines = yield* Queue.unbounded<readonly [line: string, stream: "stdout" | "stderr"], Cause.Done>()
  const tell = Effect.forever(Effect.flatMap(Queue.take(lines), ([line, stream]) => onLine(line, stream))).pipe(
    Effect.catchIf(Cause.isDone, () => Effect.void)
  )
  const collector = collectorOf((line, stream) => Queue.offerUnsafe(lines, [line, stream]))
  const running = runWithin(request, env, collector)
  const [result] = yield* Effect.all([Effect.ensuring(running, Queue.end(lines)), tell], { concurrency: 2 })
  return result
})

type Told = (line: string, stream: "stdout" | "stderr") => void
type MakeCollector = (onData: () => void) => OutputCollector

const collectorOf = (onLine: Told | undefined): MakeCollector => (onData) => outputCollector({ onLine, onData })

const runWithin = (request: SubprocessRequest, env: Environment, makeCollector: MakeCollector): Run =>
  Effect.suspend(() => {
    let child: ChildProcess | undefined
    const { outputLimit = Number.POSITIVE_INFINITY, timeout } = request
    const collector = makeCollector(() => {
      if (child !== undefined && collector.size() > outputLimit) signalProcesses(child, false, "SIGKILL")
    })
    const ended = (exitCode: number): SubprocessResult => ({
      exitCode,
      ...collector.collected(),
      timedOut: false,
      overflowed: collector.size() > outputLimit
    })
    const running: Run = Effect.callback((resume) => {
      let started: ChildProcess
      try {
        started = start(request, env)
      } catch (error) {
        // A NUL in an argument throws at once.
        return resume(notStarted(request, error instanceof Error ? error : new Error(String(error))))
      }
      child = started
      started.on("error", (error) => resume(notStarted(request, error)))
      // It could not be started, and the error comes in a moment.
      if (started.pid === undefined) return
      collector.read(started)
      if (request.stop === undefined) {
        whenEnded(started, collector, (exitCode) => resume(Effect.sync(() => ended(exitCode))))
        return stopProcesses(started, request.inherit !== undefined, request.grace)
      }
      const closed = untilClosed(started, collector)
      const stop = Effect.andThen(request.stop(started.pid), closed)
      started.once("exit", () => resume(Effect.map(Effect.uninterruptible(stop), ended)))
      return stop
    })
    if (timeout === undefined) return running
    const orElse = () => Effect.sync(() => outOfTime(ended(124), Duration.fromInputUnsafe(timeout)))
    return Effect.timeoutOrElse(running, { duration: timeout, orElse })
  })

const outOfTime = (result: SubprocessResult, timeout: Duration.Duration): SubprocessResult => {
  const before = result.stderr === "" || result.stderr.endsWith("\n") ? result.stderr : `${result.stderr}\n`
  return {
    ...result,
    stderr: `${before}did not end within ${Duration.format(timeout)} and was stopped`,
    timedOut: true
  }
}

/** Not with the library's spawner: its scoped handle of three streams nearly doubles the CPU time of a child. */
const start = (request: SubprocessRequest, env: Environment): ChildProcess => {
  const [program, ...args] = request.command
  const child = spawn(program, args, {
    cwd: request.directory,
    env,
    detached: request.inherit === undefined,
    stdio: request.inherit === undefined
      ? [request.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"]
      : ["inherit", request.inherit === "stderr" ? 2 : "inherit", "inherit"]
  })
  if (request.stdin !== undefined) {
    // A program that does not read its input closes the pipe: no failure of ours.
    child.stdin?.on("error", () => undefined)
    child.stdin?.end(request.stdin)
  }
  return child
}

/** Milliseconds between two looks at the streams of a program that has ended, and how many looks there are at most. */
const drainInterval = 250
const drainLooks = 8

/**
 * A program that has ended may have left another one behind that holds its streams. Then what is still in them is
 * read, until nothing comes any more or two seconds are over.
 */
const whenEnded = (child: ChildProcess, collector: OutputCollector, done: (exitCode: number) => void): void => {
  let drain: NodeJS.Timeout | undefined
  child.once("exit", () => {
    let looks = 0
    let seen = -1
    drain = setInterval(() => {
      // What waits to be told is in nobody's way.
      if (collector.isHeld()) return
      looks++
      if (collector.size() === seen || looks === drainLooks) {
        child.stdout?.destroy()
        child.stderr?.destroy()
      }
      seen = collector.size()
    }, drainInterval)
  })
  child.once("close", (code, signal) => {
    clearInterval(drain)
    done(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
  })
}

/** Listens at once, so that no end is missed; gives the exit code when the program has ended and its streams have. */
const untilClosed = (child: ChildProcess, collector: OutputCollector): Effect.Effect<number> => {
  const closed = new Promise<number>((resolve) => whenEnded(child, collector, resolve))
  return Effect.promise(() => closed)
}

const notStarted = (
  request: SubprocessRequest,
  error: Error & { readonly code?: string }
): Effect.Effect<never, SubprocessNotStarted> =>
  Effect.fail(
    new SubprocessNotStarted({
      command: request.command,
      reason: reasonOf(error, request.directory),
      errno: error.code ?? ""
    })
  )

const reasonOf = (error: Error & { readonly code?: string }, directory: string): string => {
  switch (error.code) {
    case "ENOENT":
      return existsSync(directory) ? "not found" : `cannot run in ${directory}: that folder is gone`
    case "EACCES":
      return "may not be run: permission denied"
    default:
      return error.message
  }
}
