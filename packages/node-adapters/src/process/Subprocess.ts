import { Host } from "@slipway/core"
import { Clock, Context, Duration, Effect, Layer, Schema } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { constants } from "node:os"
import { StringDecoder } from "node:string_decoder"

/** The program could not be started at all: it is missing, or may not be run, or its folder is gone. */
export class SubprocessNotStarted extends Schema.TaggedError<SubprocessNotStarted>()("SubprocessNotStarted", {
  command: Schema.Array(Schema.String),
  reason: Schema.String
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
  /** Told each line as it comes, without its line end. */
  readonly onLine?: (line: string, stream: "stdout" | "stderr") => Effect.Effect<void>
}

/** How a program ended. */
export interface SubprocessResult {
  /** 128 + n when signal n ended it. */
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  /** The last of both streams, in the order in which they came: at most 8 KiB. */
  readonly output: string
  readonly timedOut: boolean
  /** Whether it was killed because of its `outputLimit`. */
  readonly overflowed: boolean
}

/** How long a program gets between SIGTERM and SIGKILL. */
const grace = "5 seconds"
const outputTail = 8192

/**
 * The one way in which Slipway runs other programs. A child gets a process group of its own, so that stopping it stops
 * what it started; interrupting the effect, or the timeout, sends SIGTERM to the group and SIGKILL five seconds later.
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
        const running = runChild(request, environmentOf(host.variables, request))
        const result = yield* request.timeout === undefined ? running : running.pipe(
          Effect.timeoutOrElse({ duration: request.timeout, orElse: () => Effect.succeed(timedOut(request)) })
        )
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

const timedOut = (request: SubprocessRequest): SubprocessResult => {
  const text = `did not end within ${Duration.format(Duration.fromInputUnsafe(request.timeout ?? 0))} and was stopped`
  return { exitCode: 124, stdout: "", stderr: text, output: text, timedOut: true, overflowed: false }
}

/**
 * Over `node:child_process` and not the library's spawner: `status` starts forty children, and a child here costs a
 * fraction of the CPU time of a scoped handle with three streams.
 */
const runChild = (
  request: SubprocessRequest,
  env: Record<string, string>
): Effect.Effect<SubprocessResult, SubprocessNotStarted> =>
  Effect.flatMap(
    Effect.context<never>(),
    (context) =>
      Effect.callback<SubprocessResult, SubprocessNotStarted>((resume) => {
        const [program, ...args] = request.command
        const inherit = request.inherit !== undefined
        const fail = (error: Error) =>
          resume(Effect.fail(new SubprocessNotStarted({ command: request.command, reason: describe(error, request) })))
        let child: ChildProcess
        try {
          child = spawn(program, args, {
            cwd: request.directory,
            env,
            detached: !inherit,
            stdio: inherit
              ? ["inherit", request.inherit === "stderr" ? 2 : "inherit", "inherit"]
              : [request.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"]
          })
        } catch (error) {
          // A NUL in an argument throws at once.
          fail(error instanceof Error ? error : new Error(String(error)))
          return Effect.void
        }
        const collected = collect(child, request, (effect) => Effect.runForkWith(context)(effect))
        if (request.stdin !== undefined) {
          // A program that does not read its input closes the pipe: no failure of ours.
          child.stdin?.on("error", () => undefined)
          child.stdin?.end(request.stdin)
        }
        const overflowed = limitOutput(child, request)
        child.on("error", fail)
        child.on("close", (code, signal) => {
          const exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal])
          resume(Effect.succeed({ exitCode, ...collected(), timedOut: false, overflowed: overflowed() }))
        })
        return stop(child, inherit)
      })
  )

type Fork = (effect: Effect.Effect<void>) => void

/** Gathers both streams; characters that are split over chunks are put together again. */
const collect = (child: ChildProcess, request: SubprocessRequest, fork: Fork) => {
  const chunks = { stdout: [] as Array<string>, stderr: [] as Array<string> }
  const partial = { stdout: "", stderr: "" }
  let output = ""
  const take = (stream: "stdout" | "stderr", text: string) => {
    if (text === "") return
    chunks[stream].push(text)
    output = (output + text).slice(-outputTail)
    if (request.onLine === undefined) return
    const lines = (partial[stream] + text).split(/\r?\n/u)
    partial[stream] = lines.pop() ?? ""
    for (const line of lines) fork(request.onLine(line, stream))
  }
  for (const stream of ["stdout", "stderr"] as const) {
    const decoder = new StringDecoder("utf8")
    child[stream]?.on("data", (data: Buffer) => take(stream, decoder.write(data)))
    child[stream]?.on("end", () => {
      take(stream, decoder.end())
      if (request.onLine !== undefined && partial[stream] !== "") fork(request.onLine(partial[stream], stream))
    })
  }
  return () => ({ stdout: chunks.stdout.join(""), stderr: chunks.stderr.join(""), output: output.trimEnd() })
}

/** Kills a child that prints too much; tells whether it did. */
const limitOutput = (child: ChildProcess, { outputLimit = Number.POSITIVE_INFINITY }: SubprocessRequest) => {
  let printed = 0
  const count = (data: Buffer) => {
    const isFirst = printed <= outputLimit
    printed += data.length
    if (isFirst && printed > outputLimit) signalGroup(child, false, "SIGKILL")
  }
  child.stdout?.on("data", count)
  child.stderr?.on("data", count)
  return () => printed > outputLimit
}

const signalGroup = (child: ChildProcess, inherit: boolean, name: NodeJS.Signals): void => {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(inherit ? child.pid : -child.pid, name)
  } catch {
    // It has just ended by itself.
  }
}

/** Ends a child and what it started, and waits until it is gone. */
const stop = (child: ChildProcess, inherit: boolean): Effect.Effect<void> => {
  const ended = Effect.callback<void>((resume) => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
      resume(Effect.void)
    } else child.once("close", () => resume(Effect.void))
  })
  return Effect.sync(() => signalGroup(child, inherit, "SIGTERM")).pipe(
    Effect.andThen(ended),
    Effect.timeoutOrElse({
      duration: grace,
      orElse: () => Effect.andThen(Effect.sync(() => signalGroup(child, inherit, "SIGKILL")), ended)
    })
  )
}

const describe = (error: Error & { readonly code?: string }, request: SubprocessRequest): string => {
  switch (error.code) {
    case "ENOENT":
      return `not found (or its folder ${request.directory} is gone)`
    case "EACCES":
      return "may not be run: permission denied"
    default:
      return error.message
  }
}
