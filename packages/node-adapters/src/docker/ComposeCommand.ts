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
import { composeFailure, composeWarnings } from "./ComposeText.ts"

/** What reading a model may take; a model that takes longer is an attack or a mistake. */
const configTimeout = "60 seconds"

type Program = readonly [program: string, ...args: ReadonlyArray<string>]

/** Compose of the caller's shell must not speak into a slot's project. */
const isForeign = (name: string): boolean => name.startsWith("COMPOSE_")

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
        if (Number(version.split(".")[0]) >= 2) return { program, version }
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
      } = {}
    ): Effect.Effect<SubprocessResult, ComposeMissing> =>
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
            "--progress",
            "plain",
            ...project.files.flatMap((file) => ["--file", file]),
            ...project.envFiles.flatMap((file) => ["--env-file", file]),
            ...project.profiles.flatMap((profile) => ["--profile", profile]),
            ...args
          ],
          directory: project.directory,
          unset: isForeign,
          variables: project.variables,
          ...options
        }).pipe(Effect.mapError((error) => new ComposeMissing({ reason: error.message }))))

    const succeed = (action: string, project: ComposeProject, result: SubprocessResult) =>
      result.exitCode === 0 ? Effect.void : Effect.fail(
        new ComposeFailed({
          action,
          project: project.name,
          exitCode: result.exitCode,
          stderr: composeFailure(result.output)
        })
      )

    const resolve = Effect.fn("Compose.resolve")(function*(project: ComposeProject) {
      const result = yield* run(project, ["config", "--format", "json"], { timeout: configTimeout })
      const invalid = (stderr: string) => new ComposeInvalid({ files: project.files, stderr })
      if (result.exitCode !== 0) return yield* invalid(composeFailure(result.stderr))
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
