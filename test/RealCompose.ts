import { ComposeDocument } from "@slipway/core"
import { Effect, Schema } from "effect"
import { execFile, execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const environment = (variables: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  PATH: process.env["PATH"] ?? "",
  HOME: process.env["HOME"] ?? "",
  ...variables
})

/** The version of the Compose plugin of this machine, or null; told once when there is none. */
export const realComposeVersion: string | null = (() => {
  try {
    return execFileSync("docker", ["compose", "version", "--short"], { encoding: "utf8", stdio: "pipe" }).trim()
  } catch {
    if (process.env["CI"] === "true") throw new Error("docker compose is needed where CI=true")
    process.stderr.write("skipped: docker compose is not installed, so nothing is checked against it\n")
    return null
  }
})()

/** Whether a container engine answers; told once when none does. */
export const hasRealEngine: boolean = (() => {
  try {
    execFileSync("docker", ["info"], { stdio: "pipe" })
    return realComposeVersion !== null
  } catch {
    if (process.env["CI"] === "true") throw new Error("a container engine is needed where CI=true")
    process.stderr.write("skipped: no container engine answers, so no sandbox is started on it\n")
    return false
  }
})()

/** Runs docker and gives its stdout; fails with its stderr. */
export const runDocker = (...command: ReadonlyArray<string>): Effect.Effect<string, string> =>
  Effect.callback((resume) => {
    execFile(
      "docker",
      [...command],
      { env: environment(), encoding: "utf8" },
      (error, stdout, stderr) =>
        resume(error === null ? Effect.succeed(stdout) : Effect.fail(`${error.message}\n${stderr}`))
    )
  })

/** How Compose is called: what stands in the caller's shell never counts. */
export interface ComposeCall {
  readonly project: string
  readonly directory: string
  readonly files: ReadonlyArray<string>
  readonly envFiles?: ReadonlyArray<string>
  readonly variables?: Readonly<Record<string, string>>
  readonly profiles?: ReadonlyArray<string>
}

/** The arguments of `docker` for a call. */
const composeArguments = (call: ComposeCall, ...command: ReadonlyArray<string>): ReadonlyArray<string> => [
  "compose",
  "-p",
  call.project,
  "--project-directory",
  call.directory,
  ...call.files.flatMap((file) => ["-f", file]),
  ...(call.envFiles ?? []).flatMap((file) => ["--env-file", file]),
  ...(call.profiles ?? []).flatMap((profile) => ["--profile", profile]),
  ...command
]

/** Runs Compose and gives its stdout; fails with its stderr. */
export const runCompose = (call: ComposeCall, ...command: ReadonlyArray<string>): Effect.Effect<string, string> =>
  Effect.callback((resume) => {
    const child = execFile(
      "docker",
      [...composeArguments(call, ...command)],
      { cwd: call.directory, env: environment(call.variables), encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) =>
        resume(error === null ? Effect.succeed(stdout) : Effect.fail(`${error.message}\n${stderr}`))
    )
    return Effect.sync(() => child.kill())
  })

const decode = Schema.decodeEffect(Schema.fromJsonString(ComposeDocument))

/** The model that Compose resolves, as JSON text and decoded. */
export const resolveCompose = (call: ComposeCall) =>
  runCompose(call, "config", "--format", "json").pipe(
    Effect.flatMap((json) => Effect.map(decode(json), (document) => ({ json, document })))
  )

/** A new folder under the system's temporary one; it goes with the scope. */
export const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "slipway-compose-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)
