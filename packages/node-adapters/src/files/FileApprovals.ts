import { type ApprovalRequest, Approvals, FileUnavailable, Host, ProjectFiles } from "@slipway/core"
import { Effect, Layer, Option, Schema } from "effect"
import { join } from "node:path"
import { withFileLock } from "./FileLock.ts"

const ApprovalsFile = Schema.StructWithRest(
  Schema.Struct({
    version: Schema.Literal(1),
    /** Absolute path of a repository to the digests of what was allowed there. */
    repositories: Schema.Record(Schema.String, Schema.Array(Schema.String))
  }),
  [Schema.Record(Schema.String, Schema.Unknown)]
)
type ApprovalsFile = typeof ApprovalsFile.Type

const decodeFile = Schema.decodeUnknownOption(Schema.fromJsonString(ApprovalsFile))
const decodeVersion = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Struct({ version: Schema.Number })))

const nothingApproved: ApprovalsFile = { version: 1, repositories: {} }

/**
 * Approvals in `<home>/approvals.json`: digests of the exact commands, by repository. A file that cannot be read
 * approves nothing; it is kept as `approvals.json.bad` when a new one is written.
 */
export const fileApprovalsLayer: Layer.Layer<Approvals, never, Host | ProjectFiles> = Layer.effect(
  Approvals,
  Effect.gen(function*() {
    const files = yield* ProjectFiles
    const host = yield* Host
    const path = join(host.home, "approvals.json")

    const isApproved = Effect.fn("Approvals.isApproved")(function*(request: ApprovalRequest) {
      const text = yield* files.read(path)
      const known = text === null ? nothingApproved : Option.getOrElse(decodeFile(text), () => nothingApproved)
      return approvedIn(known, request.repository).includes(yield* digestOf(request))
    })

    const add = Effect.fnUntraced(function*(repository: string, digest: string) {
      const text = yield* files.read(path)
      const known = text === null ? nothingApproved : yield* Option.match(decodeFile(text), {
        onSome: Effect.succeed,
        onNone: () => Effect.as(keepUnreadable(files, path, text), nothingApproved)
      })
      const approved = approvedIn(known, repository)
      if (approved.includes(digest)) return
      const repositories = { ...known.repositories, [repository]: [...approved, digest] }
      yield* files.write(path, `${JSON.stringify({ ...known, repositories }, null, 2)}\n`, { mode: 0o600 })
    })

    const approve = Effect.fn("Approvals.approve")(function*(request: ApprovalRequest) {
      const digest = yield* digestOf(request)
      yield* files.makeDirectory(host.home)
      yield* add(request.repository, digest).pipe(
        withFileLock(join(host.home, "approvals.lock")),
        Effect.provideService(Host, host),
        Effect.catchTag(
          "LockBusy",
          (busy) => Effect.fail(new FileUnavailable({ path, action: "write", reason: busy.message }))
        )
      )
    })

    return Approvals.of({ isApproved, approve })
  })
)

const approvedIn = (file: ApprovalsFile, repository: string): ReadonlyArray<string> =>
  Object.hasOwn(file.repositories, repository) ? file.repositories[repository] ?? [] : []

const keepUnreadable = (files: ProjectFiles["Service"], path: string, text: string) => {
  const isNewer = Option.exists(decodeVersion(text), ({ version }) => version > 1)
  return isNewer
    ? Effect.fail(new FileUnavailable({ path, action: "write", reason: "a newer slipway wrote it" }))
    : files.write(`${path}.bad`, text, { mode: 0o600 })
}

/** SHA-256 of the commands' exact text; where one argument ends and the next begins counts. */
const digestOf = ({ commands }: ApprovalRequest): Effect.Effect<string> =>
  Effect.map(
    Effect.promise(() => crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(commands)))),
    (digest) => `sha256:${Buffer.from(digest).toString("hex")}`
  )
