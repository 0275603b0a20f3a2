import {
  Compose,
  ComposeDocument,
  ComposeFailed,
  ComposeInvalid,
  ComposeMissing,
  type ComposeModel,
  type ComposeProject
} from "@slipway/core"
import { Effect, Layer, Schema } from "effect"
import { Subprocess, type SubprocessResult } from "../process/Subprocess.ts"
import { composeFailure, composeWarnings } from "./ComposeOutput.ts"

/** What reading a model may take, and its size in bytes; one that takes more is an attack or a mistake. */
const configTimeout = "60 seconds"
const modelLimit = 4 * 1024 * 1024

type Program = readonly [program: string, ...args: ReadonlyArray<string>]

/** Compose of the caller's shell must not speak into a slot's project. */
const isForeign = (name: string): boolean => name.startsWith("COMPOSE_")

/** What Compose itself is told; they stand above a project's own `.env`. */
const settings = {
  BUILDKIT_PROGRESS: "plain",
  // It cannot be combined with --remove-orphans.
  COMPOSE_IGNORE_ORPHANS: "false",
  DOCKER_CLI_HINTS: "false"
}

const decodeDocument = Schema.decodeUnknownEffect(Schema.fromJsonString(ComposeDocument))

/** Compose, by its command: the plugin of docker or, where that is missing, the program of its own. */
export const composeCommandLayer: Layer.Layer<Compose, never, Subprocess> = Layer.effect(
  Compose,
  Effect.gen(function*() {
    const subprocess = yield* Subprocess

    const versionOf = (program: Program) =>
      subprocess.run({ command: [...program, "version", "--short"], directory: "/", unset: isForeign }).pipe(
        Effect.map((result) => result.exitCode === 0 ? result.stdout.trim().replace(/^v/u, "") : null),
        Effect.orElseSucceed(() => null)
      )

    const installed = yield* Effect.cached(Effect.gen(function*() {
      const programs: ReadonlyArray<Program> = [["docker", "compose"], ["docker-compose"]]
      for (const program of programs) {
        const version = yield* versionOf(program)
        if (version === null) continue
        if (isUsable(version)) return { program, version }
        return yield* new ComposeMissing({ reason: `${program.join(" ")} is version ${version}` })
      }
      return yield* new ComposeMissing({ reason: "neither `docker compose` nor `docker-compose` answers" })
    }))

    const run = (
      project: ComposeProject,
      args: ReadonlyArray<string>,
      options: {
        readonly onLine?: (line: string) => Effect.Effect<void>
        readonly inherit?: "stdout" | "stderr"
        readonly timeout?: typeof configTimeout
        readonly outputLimit?: number
      } = {}
    ): Effect.Effect<SubprocessResult, ComposeMissing | ComposeFailed> =>
      Effect.flatMap(installed, ({ program }) =>
        subprocess.run({
          command: [
            ...program,
            "--project-name",
            project.name,
            "--project-directory",
            project.directory,
            "--ansi",
            "never",
            ...project.files.flatMap((file) => ["--file", file]),
            ...project.envFiles.flatMap((file) => ["--env-file", file]),
            ...project.profiles.flatMap((profile) => ["--profile", profile]),
            ...args
          ],
          directory: project.directory,
          unset: isForeign,
          // The caller's PWD is not where Compose runs, and compose files say `${PWD}`.
          variables: { PWD: project.directory, ...settings, ...project.variables },
          ...options
        }).pipe(Effect.mapError(({ reason }) =>
          new ComposeFailed({ action: args[0] ?? "", project: project.name, exitCode: 127, stderr: reason })
        )))

    const succeed = (action: string, project: ComposeProject, { exitCode, output }: SubprocessResult) =>
      exitCode === 0 ? Effect.void : Effect.fail(
        new ComposeFailed({ action, project: project.name, exitCode, stderr: composeFailure(output, exited(exitCode)) })
      )

    const resolve = Effect.fn("Compose.resolve")(function*(project: ComposeProject) {
      const result = yield* run(project, ["config", "--format", "json"], {
        timeout: configTimeout,
        outputLimit: modelLimit
      })
      const invalid = (stderr: string) => new ComposeInvalid({ files: project.files, stderr })
      if (result.timedOut) return yield* invalid(`it takes Compose more than ${configTimeout} to read; ${bombHint}`)
      if (result.overflowed) return yield* invalid(`its model has more than ${modelLimit >> 20} MiB; ${bombHint}`)
      if (result.exitCode !== 0) {
        return yield* invalid(composeFailure(result.stderr, exited(result.exitCode)))
      }
      const document = yield* decodeDocument(result.stdout).pipe(
        Effect.mapError((error) => invalid(`its model cannot be read: ${error.message}`))
      )
      const model: ComposeModel = { document, json: result.stdout, warnings: composeWarnings(result.stderr) }
      return model
    })

    const up: Compose["Service"]["up"] = Effect.fn("Compose.up")(function*(project, options) {
      const { onLine, services } = options
      const result = yield* run(
        project,
        ["up", "--detach", "--build", "--remove-orphans", ...services],
        onLine === undefined ? {} : { onLine }
      )
      yield* succeed("up", project, result)
    })

    const control: Compose["Service"]["control"] = Effect.fn("Compose.control")(
      function*(project, action, services) {
        yield* succeed(action, project, yield* run(project, [action, ...services]))
      }
    )

    const down: Compose["Service"]["down"] = Effect.fn("Compose.down")(function*(project, options) {
      const result = yield* run(project, [
        "down",
        "--remove-orphans",
        ...(options.volumes ? ["--volumes"] : []),
        ...(options.images ? ["--rmi", "local"] : [])
      ])
      yield* succeed("down", project, result)
    })

    const exec: Compose["Service"]["exec"] = Effect.fn("Compose.exec")(
      function*(project, service, command, options) {
        const terminal = options.terminal ? [] : ["--no-TTY"]
        const result = yield* run(project, ["exec", ...terminal, service, ...command], {
          inherit: options.output ?? "stdout"
        })
        return result.exitCode
      }
    )

    return Compose.of({
      version: Effect.map(installed, ({ version }) => version),
      resolve,
      up,
      control,
      down,
      exec
    })
  })
)

const bombHint = "do its aliases repeat each other?"

const exited = (exitCode: number): string => `it ended with exit code ${exitCode} and said nothing`

/** Version 1 is another program. A version without a number is somebody's own build of a newer one. */
const isUsable = (version: string): boolean => {
  const major = /^\d+/u.exec(version)?.[0]
  return major === undefined || Number(major) >= 2
}
