import { Context, Effect, Layer, Schema } from "effect"
import { CommandFailed, Commands, CommandTimeout } from "../operation/Commands.ts"
import { Host } from "../operation/Host.ts"
import { Approvals } from "../project/Approvals.ts"
import type { CommandLine } from "../project/CommandLine.ts"
import { concealing } from "../project/Concealment.ts"
import { parseEnvFile, renderEnvFile, secretsFileName, type ValueUnwritable } from "../project/EnvFile.ts"
import type { InfraConfig } from "../project/InfraConfig.ts"
import { type FileUnavailable, ProjectFiles } from "../project/ProjectFiles.ts"
import type { Repository } from "../project/Repository.ts"
import { Git, type GitFailed } from "../worktree/Git.ts"
import {
  commandText,
  contentDigest,
  coveredPaths,
  decodePlacedRecord,
  encodePlacedRecord,
  includedPaths,
  includeFileName,
  includePatterns,
  mergePlaced,
  pendingSetupName,
  type Placed,
  placedRecordName,
  planSecrets
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
  commands: Schema.Array(Schema.Array(Schema.String)),
  /** How to go on without the commands, where that is possible. */
  without: Schema.optionalKey(Schema.String)
}) {
  readonly code = "approval-required" as const
  override get message(): string {
    const listed = this.commands.map((command) => `  ${commandText(command)}`)
    return `${this.repository} wants to run commands that nobody has approved yet\n${listed.join("\n")}`
  }
  get hint(): string {
    const without = this.without === undefined ? "" : `; ${this.without}`
    return `read them; --yes approves them, once for this text${without}`
  }
}

/** A setup command failed, so what comes after it was not done. The worktree is kept. */
export class SetupFailed extends Schema.TaggedError<SetupFailed>()("SetupFailed", {
  worktree: Schema.String,
  reason: Schema.String,
  /** Whether a sandbox was to be started next. */
  sandbox: Schema.Boolean
}) {
  readonly code = "command-failed" as const
  override get message(): string {
    return `a setup command failed. Worktree preserved at ${this.worktree}.\n${this.reason}`
  }
  get hint(): string {
    return this.sandbox
      ? `mend the cause, then run \`slipway sandbox start\` in ${this.worktree}: it runs the setup again`
      : `mend the cause, then run the setup by hand in ${this.worktree}`
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
  /** How to go on without them, for the message that asks. */
  readonly without?: string
  readonly onLine?: (line: string) => Effect.Effect<void>
}

/** The setup of one worktree. */
export interface SetupRequest extends WorktreeCommands {
  /** Whether a sandbox is to be started next. */
  readonly sandbox: boolean
}

/** Which worktree is provided for. */
export interface ProvisionRequest {
  readonly repository: Repository
  readonly worktree: string
  /** Of the main checkout; null without one. */
  readonly config: InfraConfig | null
}

/** What was put into a worktree. */
export interface Provisioned {
  /** Paths relative to the worktree, of what was not there before. */
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
  /**
   * Copies included files and files of the sandbox from the main checkout, writes secrets, mode 0600, keeps them out of
   * git's sight, and records what it placed. What is there already is left alone, so running it again adds what was
   * missing; secrets are read anew, and one that cannot be read keeps the value that `.env.secrets` has for it. What
   * cannot be found is listed, not an error.
   */
  readonly provision: (request: ProvisionRequest) => Effect.Effect<Provisioned, ProvisioningError>
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
    request: Pick<WorktreeCommands, "repository" | "commands" | "approve" | "without">
  ) => Effect.Effect<void, ApprovalRequired | FileUnavailable>
  /** Runs the setup commands, and remembers until then that they have not all ended well. */
  readonly setUp: (request: SetupRequest) => Effect.Effect<void, ApprovalRequired | SetupFailed | FileUnavailable>
  /** Whether setup commands were begun in a worktree and did not all end well. */
  readonly needsSetup: (worktree: string) => Effect.Effect<boolean, FileUnavailable>
  /** Runs approved commands one after the other in the worktree; secrets are taken out of what they print. */
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

        /** The included files that were not there before; git is kept from seeing those that the worktree's rules do not ignore. */
        const includeFiles = Effect.fnUntraced(function*(request: ProvisionRequest) {
          const { config, repository, worktree } = request
          const listed = yield* files.read(`${repository.main}/${includeFileName}`)
          const patterns = includePatterns(listed, config?.worktree.include ?? [])
          if (patterns.length === 0) return []
          const matching = yield* git.ignoredMatching(repository.main, patterns)
          const placed = yield* copyInto(
            request,
            includedPaths(matching, repository.main, worktree).map((path) => [path, path]),
            { follow: false }
          )
          if (placed.length === 0) return placed
          const { changes } = yield* git.summary(worktree, null)
          const untracked = changes.filter(({ kind }) => kind === "untracked").map(({ path }) => path)
          const visible = coveredPaths(placed, untracked)
          if (visible.length > 0) yield* git.exclude(repository, visible)
          return placed
        })

        /** Copies files of the main checkout; gives the paths in the worktree that were not there before. */
        const copyInto = Effect.fnUntraced(function*(
          { repository, worktree }: ProvisionRequest,
          pairs: ReadonlyArray<readonly [destination: string, source: string]>,
          options: { readonly follow: boolean }
        ) {
          const written = yield* files.copy(
            pairs.map(([destination, source]) => ({
              from: `${repository.main}/${source}`,
              to: `${worktree}/${destination}`
            })),
            { ...options, below: worktree }
          )
          return written.map((path) => path.slice(worktree.length + 1))
        })

        const placeFiles = Effect.fnUntraced(function*(
          request: ProvisionRequest,
          wanted: Readonly<Record<string, string>>
        ) {
          const pairs = Object.entries(wanted)
          const kinds = yield* Effect.forEach(pairs, ([, source]) => files.kind(`${request.repository.main}/${source}`))
          // A link is copied as what it leads to: in another folder it would lead elsewhere.
          const placed = yield* copyInto(request, pairs.filter((_, index) => kinds[index] !== null), { follow: true })
          const there = yield* Effect.forEach(
            pairs,
            ([destination]) => files.kind(`${request.worktree}/${destination}`)
          )
          return {
            placed,
            missing: pairs.flatMap(([destination, source], index) => {
              if (there[index] !== null) return []
              return kinds[index] === null
                ? [`file ${destination}: ${request.repository.main}/${source} does not exist`]
                : [`file ${destination}: a file or link is in its way in ${request.worktree}`]
            })
          }
        })

        const readSecret = (name: string, reference: string) =>
          commands.run({ command: ["op", "read", "--no-newline", reference], directory: "/", timeout: "1 minute" })
            .pipe(
              Effect.map((value) => ({ name, value, missing: null })),
              Effect.catch((error) =>
                Effect.succeed({
                  name,
                  value: null,
                  missing: { name, reason: `secret ${name}: ${reference} cannot be read, ${readFailure(error)}` }
                })
              )
            )

        const placeSecrets = Effect.fnUntraced(function*(worktree: string, wanted: Readonly<Record<string, string>>) {
          if (Object.keys(wanted).length === 0) return { placed: [], missing: [], secretsFile: null }
          const planned = planSecrets(wanted, host.variables)
          // The first may ask a person to unlock the vault; the others then go unasked.
          const [first, ...others] = planned.references.map(({ name, reference }) => readSecret(name, reference))
          const read = first === undefined
            ? []
            : [yield* first, ...(yield* Effect.all(others, { concurrency: 4 }))]
          const secretsFile = `${worktree}/${secretsFileName}`
          const kept = parseEnvFile((yield* files.read(secretsFile)) ?? "")
          const found = Object.fromEntries(read.flatMap(({ name, value }) => value === null ? [] : [[name, value]]))
          const text = yield* Effect.fromResult(renderEnvFile({ ...kept, ...planned.values, ...found }))
          yield* files.write(secretsFile, text, { mode: 0o600 })
          const missing = [...planned.missing, ...read.flatMap((secret) => secret.missing ?? [])]
          return {
            placed: [secretsFileName],
            missing: missing.filter(({ name }) => !Object.hasOwn(kept, name)).map(({ reason }) => reason),
            secretsFile
          }
        })

        const provision = Effect.fn("Provisioning.provision")(function*(request: ProvisionRequest) {
          const { config, repository, worktree } = request
          const wanted = config?.sandbox?.files ?? {}
          const secrets = config?.sandbox?.secrets ?? {}
          const own = [...Object.keys(wanted), ...(Object.keys(secrets).length === 0 ? [] : [secretsFileName])]
          // Before they are there: a secret must at no moment be one `git add` away from a commit.
          if (own.length > 0) yield* git.exclude(repository, own)
          const included = yield* includeFiles(request)
          const listed = yield* placeFiles(request, wanted)
          const secret = yield* placeSecrets(worktree, secrets)
          const placed = [...new Set([...included, ...listed.placed, ...secret.placed])]
          if (placed.length > 0) yield* writeRecord(worktree, placed)
          return { placed, secretsFile: secret.secretsFile, missing: [...listed.missing, ...secret.missing] }
        })

        const digestOf = (path: string): Effect.Effect<string | null> =>
          files.read(path).pipe(
            Effect.map((text) => text === null ? null : contentDigest(text)),
            Effect.orElseSucceed(() => null)
          )

        const findGitDirectory = (worktree: string) =>
          Effect.map(files.read(`${worktree}/.git`), (link) => gitDirectoryOf(worktree, link ?? ""))

        /** Beside git's own record of the worktree, with which it goes. */
        const writeRecord = Effect.fnUntraced(function*(worktree: string, paths: ReadonlyArray<string>) {
          const gitDirectory = yield* findGitDirectory(worktree)
          if (gitDirectory === null) return
          const record = `${gitDirectory}/${placedRecordName}`
          const before = decodePlacedRecord((yield* files.read(record)) ?? "")
          const now = yield* Effect.forEach(
            paths,
            (path) => Effect.map(digestOf(`${worktree}/${path}`), (digest): Placed => ({ path, digest })),
            { concurrency: 8 }
          )
          yield* files.write(record, encodePlacedRecord(mergePlaced(before, now)), { mode: 0o600 })
        })

        const unchanged = Effect.fn("Provisioning.unchanged")(
          function*(request: { readonly worktree: string; readonly gitDirectory: string }) {
            const text = yield* files.read(`${request.gitDirectory}/${placedRecordName}`)
            const same = yield* Effect.filter(
              decodePlacedRecord(text ?? ""),
              ({ digest, path }) =>
                Effect.map(digestOf(`${request.worktree}/${path}`), (now) => now !== null && now === digest),
              { concurrency: 8 }
            )
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
          request: Pick<WorktreeCommands, "repository" | "commands" | "approve" | "without">
        ) {
          const { repository } = request
          if (yield* isApproved(repository, request.commands)) return
          if (request.approve !== true) {
            return yield* new ApprovalRequired({
              repository,
              commands: request.commands.map((line) => [...line]),
              ...(request.without === undefined ? {} : { without: request.without })
            })
          }
          yield* approvals.approve({ repository, commands: request.commands })
        })

        const run = Effect.fn("Provisioning.run")(function*(request: WorktreeCommands) {
          yield* approve(request)
          const secrets = (yield* files.read(`${request.worktree}/${secretsFileName}`)) ?? ""
          const conceal = concealing(parseEnvFile(secrets))
          const { onLine } = request
          const tell = onLine === undefined ? {} : { onLine: (line: string) => onLine(conceal(line)) }
          yield* Effect.forEach(request.commands, (command) =>
            commands.run({
              command,
              directory: request.worktree,
              ...tell
            }), { discard: true }).pipe(
              Effect.catchTags({
                CommandFailed: (error) => new CommandFailed({ ...error, output: conceal(error.output) }),
                CommandTimeout: (error) => new CommandTimeout({ ...error, output: conceal(error.output) })
              })
            )
        })

        const pendingSetup = (worktree: string) =>
          Effect.map(findGitDirectory(worktree), (directory) => directory && `${directory}/${pendingSetupName}`)

        const setUp = Effect.fn("Provisioning.setUp")(function*({ sandbox, ...request }: SetupRequest) {
          yield* approve(request)
          const { worktree } = request
          const pending = yield* pendingSetup(worktree)
          if (pending !== null) yield* files.write(pending, "pending\n")
          const failed = (error: CommandFailed | CommandTimeout) =>
            new SetupFailed({ worktree, reason: error.message, sandbox })
          yield* run(request).pipe(Effect.catchTags({ CommandFailed: failed, CommandTimeout: failed }))
          if (pending !== null) yield* files.remove(pending)
        })

        const needsSetup = Effect.fn("Provisioning.needsSetup")(function*(worktree: string) {
          const pending = yield* pendingSetup(worktree)
          return pending !== null && (yield* files.kind(pending)) !== null
        })

        return Provisioning.of({ provision, unchanged, isApproved, approve, setUp, needsSetup, run })
      })
    )
}

/** The git folder that a worktree's `.git` file leads to; null for what is no such file. */
const gitDirectoryOf = (worktree: string, link: string): string | null => {
  const [, path] = /^gitdir: (.+)$/mu.exec(link) ?? []
  if (path === undefined) return null
  return path.startsWith("/") ? path : `${worktree}/${path}`
}

const readFailure = (error: CommandFailed | CommandTimeout): string => {
  if (error._tag === "CommandTimeout") return "the 1Password CLI did not answer"
  if (error.exitCode === 127) return "the 1Password CLI `op` is not installed"
  return `the 1Password CLI says: ${error.output.trim().split("\n").at(-1) ?? ""}`
}
