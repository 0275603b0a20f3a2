import { Context, Effect, Layer, Schema } from "effect"
import { type CommandFailed, Commands, type CommandTimeout } from "../operation/Commands.ts"
import { Host } from "../operation/Host.ts"
import { Approvals } from "../project/Approvals.ts"
import { renderEnvFile, type ValueUnwritable } from "../project/EnvFile.ts"
import type { CommandLine, InfraConfig } from "../project/InfraConfig.ts"
import { type FileUnavailable, ProjectFiles } from "../project/ProjectFiles.ts"
import { Git, type GitFailed, type Repository } from "../worktree/Git.ts"
import {
  decodePlacedRecord,
  encodePlacedRecord,
  includePatterns,
  type Placed,
  placedRecordName,
  planSecrets,
  secretsFileName
} from "./ProvisioningPlan.ts"

/** Something that the sandbox needs is missing, so it was not started. The worktree is kept. */
export class ProvisioningIncomplete extends Schema.TaggedError<ProvisioningIncomplete>()("ProvisioningIncomplete", {
  worktree: Schema.String,
  missing: Schema.Array(Schema.String)
}) {
  readonly code = "provisioning-incomplete" as const
  override get message(): string {
    const listed = this.missing.map((item) => `  ${item}`)
    return `the sandbox was not started: something is missing. Worktree preserved at ${this.worktree}.\n${
      listed.join("\n")
    }`
  }
  get hint(): string {
    return `provide it, then run \`slipway sandbox start\` in ${this.worktree}`
  }
}

/** A person has to allow commands of the project before they run. */
export class ApprovalRequired extends Schema.TaggedError<ApprovalRequired>()("ApprovalRequired", {
  repository: Schema.String,
  commands: Schema.Array(Schema.Array(Schema.String))
}) {
  readonly code = "approval-required" as const
  override get message(): string {
    const listed = this.commands.map((command) => `  ${command.join(" ")}`)
    return `${this.repository} wants to run commands that nobody has approved yet\n${listed.join("\n")}`
  }
  get hint(): string {
    return "read them; --yes approves them, once for this text"
  }
}

/** Commands of a project that run in a worktree. */
export interface WorktreeCommands {
  /** Absolute path of the main checkout, for which they are approved. */
  readonly repository: string
  readonly worktree: string
  readonly commands: ReadonlyArray<CommandLine>
  /** Approve them, now and for later. */
  readonly approve?: boolean
  readonly onLine?: (line: string) => Effect.Effect<void>
}

/** What was put into a worktree. */
export interface Provisioned {
  /** Paths relative to the worktree. */
  readonly placed: ReadonlyArray<string>
  /** Absolute path of `.env.secrets`, or null without secrets. */
  readonly secretsFile: string | null
  /** What could not be put there, each in words. */
  readonly missing: ReadonlyArray<string>
}

/** Why a worktree could not be provided for. */
export type ProvisioningError = GitFailed | FileUnavailable | ValueUnwritable

/** Puts into a worktree what git does not: included files, files and secrets of the sandbox; runs its commands. */
export class Provisioning extends Context.Service<Provisioning, {
  readonly provision: (request: {
    readonly repository: Repository
    readonly worktree: string
    readonly config: InfraConfig | null
  }) => Effect.Effect<Provisioned, ProvisioningError>
  /** Paths that Slipway put into a worktree and that are still as they were: they are no work. */
  readonly unchanged: (
    worktree: { readonly worktree: string; readonly gitDirectory: string }
  ) => Effect.Effect<ReadonlySet<string>>
  readonly isApproved: (
    repository: string,
    commands: ReadonlyArray<CommandLine>
  ) => Effect.Effect<boolean, FileUnavailable>
  /** Approves or refuses commands before anything is made. */
  readonly approve: (
    request: Pick<WorktreeCommands, "repository" | "commands" | "approve">
  ) => Effect.Effect<void, ApprovalRequired | FileUnavailable>
  /** Runs approved commands one after the other in the worktree. */
  readonly run: (
    request: WorktreeCommands
  ) => Effect.Effect<void, ApprovalRequired | CommandFailed | CommandTimeout | FileUnavailable>
}>()("@slipway/core/sandbox/Provisioning") {
  static readonly layer: Layer.Layer<Provisioning, never, Approvals | Commands | Git | Host | ProjectFiles> = Layer
    .effect(
      Provisioning,
      Effect.gen(function*() {
        const approvals = yield* Approvals
        const commands = yield* Commands
        const files = yield* ProjectFiles
        const git = yield* Git
        const host = yield* Host

        const includeFiles = Effect.fnUntraced(function*(
          repository: Repository,
          worktree: string,
          config: InfraConfig | null
        ) {
          const listed = yield* files.read(`${repository.main}/.worktreeinclude`)
          const patterns = [...includePatterns(listed ?? ""), ...config?.worktree.include ?? []]
          if (patterns.length === 0) return []
          const paths = yield* git.ignoredMatching(repository.main, patterns)
          const written = yield* files.copy(
            paths.map((path) => ({ from: `${repository.main}/${path}`, to: `${worktree}/${path}` }))
          )
          return paths.filter((path) => written.includes(`${worktree}/${path}`)).map((path): Placed => ({
            path,
            source: `${repository.main}/${path}`
          }))
        })

        const placeFiles = Effect.fnUntraced(function*(
          repository: Repository,
          worktree: string,
          wanted: Readonly<Record<string, string>>
        ) {
          const placed: Array<Placed> = []
          const missing: Array<string> = []
          for (const [destination, source] of Object.entries(wanted)) {
            const from = `${repository.main}/${source}`
            if ((yield* files.kind(from)) !== "file") {
              missing.push(`file ${destination}: ${from} does not exist`)
              continue
            }
            yield* files.copy([{ from, to: `${worktree}/${destination}` }])
            placed.push({ path: destination, source: from })
          }
          return { placed, missing }
        })

        const readSecret = (name: string, reference: string) =>
          commands.run({ command: ["op", "read", "--no-newline", reference], directory: "/", timeout: "1 minute" }).pipe(
            Effect.map((value) => ({ name, value, missing: null })),
            Effect.catch((error) =>
              Effect.succeed({
                name,
                value: null,
                missing: `secret ${name}: ${reference} cannot be read by the 1Password CLI (${
                  error._tag === "CommandTimeout" ? "it did not answer" : lastLine(error.output)
                })`
              })
            )
          )

        const placeSecrets = Effect.fnUntraced(function*(worktree: string, wanted: Readonly<Record<string, string>>) {
          if (Object.keys(wanted).length === 0) return { placed: [], missing: [], secretsFile: null }
          const planned = planSecrets(wanted, host.variables)
          const read = yield* Effect.forEach(planned.references, ({ name, reference }) => readSecret(name, reference), {
            concurrency: 4
          })
          const values = {
            ...planned.values,
            ...Object.fromEntries(read.flatMap(({ name, value }) => value === null ? [] : [[name, value]]))
          }
          const missing = [...planned.missing, ...read.flatMap((secret) => secret.missing ?? [])]
          const secretsFile = `${worktree}/${secretsFileName}`
          const text = yield* Effect.fromResult(renderEnvFile(values))
          yield* files.write(secretsFile, text, { mode: 0o600 })
          return { placed: [{ path: secretsFileName, source: null }], missing, secretsFile }
        })

        const provision = Effect.fn("Provisioning.provision")(function*(request: {
          readonly repository: Repository
          readonly worktree: string
          readonly config: InfraConfig | null
        }) {
          const { config, repository, worktree } = request
          const included = yield* includeFiles(repository, worktree, config)
          const placed = yield* placeFiles(repository, worktree, config?.sandbox?.files ?? {})
          const secrets = yield* placeSecrets(worktree, config?.sandbox?.secrets ?? {})
          const all: ReadonlyArray<Placed> = [...included, ...placed.placed, ...secrets.placed]
          if (all.length > 0) {
            yield* git.exclude(repository, [...placed.placed, ...secrets.placed].map(({ path }) => path))
            yield* writeRecord(worktree, all)
          }
          return {
            placed: all.map(({ path }) => path),
            secretsFile: secrets.secretsFile,
            missing: [...placed.missing, ...secrets.missing]
          }
        })

        /** Beside git's own record of the worktree, with which it goes. */
        const writeRecord = Effect.fnUntraced(function*(worktree: string, placed: ReadonlyArray<Placed>) {
          const link = yield* files.read(`${worktree}/.git`)
          const gitDirectory = /^gitdir: (.+)$/mu.exec(link ?? "")?.[1]
          if (gitDirectory === undefined) return
          const path = `${gitDirectory}/${placedRecordName}`
          const before = decodePlacedRecord((yield* files.read(path)) ?? "")
          const kept = before.filter((old) => !placed.some((one) => one.path === old.path))
          yield* files.write(path, encodePlacedRecord([...kept, ...placed]))
        })

        const unchanged = Effect.fn("Provisioning.unchanged")(
          function*(request: { readonly worktree: string; readonly gitDirectory: string }) {
            const text = yield* files.read(`${request.gitDirectory}/${placedRecordName}`)
            const same = yield* Effect.filter(decodePlacedRecord(text ?? ""), ({ path, source }) =>
              source === null
                ? Effect.succeed(true)
                : Effect.map(
                  Effect.all([files.read(source), files.read(`${request.worktree}/${path}`)], { concurrency: 2 }),
                  ([before, now]) => before === now
                ), { concurrency: 8 })
            return new Set(same.map(({ path }) => path))
          },
          Effect.orElseSucceed((): ReadonlySet<string> => new Set())
        )

        const isApproved = Effect.fn("Provisioning.isApproved")(
          (repository: string, lines: ReadonlyArray<CommandLine>) =>
            lines.length === 0
              ? Effect.succeed(true)
              : approvals.isApproved({ repository, commands: lines })
        )

        const approve = Effect.fn("Provisioning.approve")(function*(
          request: Pick<WorktreeCommands, "repository" | "commands" | "approve">
        ) {
          const { repository } = request
          if (yield* isApproved(repository, request.commands)) return
          if (request.approve !== true) {
            return yield* new ApprovalRequired({ repository, commands: request.commands.map((line) => [...line]) })
          }
          yield* approvals.approve({ repository, commands: request.commands })
        })

        const run = Effect.fn("Provisioning.run")(function*(request: WorktreeCommands) {
          yield* approve(request)
          yield* Effect.forEach(request.commands, (command) =>
            commands.run({
              command,
              directory: request.worktree,
              ...(request.onLine === undefined ? {} : { onLine: request.onLine })
            }), { discard: true })
        })

        return Provisioning.of({ provision, unchanged, isApproved, approve, run })
      })
    )
}

const lastLine = (text: string): string => text.trim().split("\n").at(-1) ?? ""
