import { Clock, Context, Effect, Layer } from "effect"
import { type AuditEntry, auditEntry, processInQuestion } from "../operation/AuditEntry.ts"
import {
  isOfRepository,
  matchOperation,
  ofFeature,
  type OperationAmbiguous,
  OperationMissing
} from "../operation/AuditSelection.ts"
import { sinceOf, type TimeInvalid } from "../operation/AuditSince.ts"
import { Host } from "../operation/Host.ts"
import { Journal, type JournalRecord, type JournalUnavailable } from "../operation/Journal.ts"
import type { OperationId } from "../operation/OperationId.ts"
import { beganSince } from "../operation/OperationTime.ts"
import { Git, type GitFailed } from "./Git.ts"

/** Which operations to show. */
export interface AuditRequest {
  /** Any folder of the project whose operations are wanted; outside of a repository those of all projects are. */
  readonly directory: string
  /** Operations of all projects. */
  readonly all?: boolean
  /** Only operations about a feature, such as `auth`. */
  readonly feature?: string
  /** Only this operation, of any project: its id or enough of its beginning. The other conditions do not count then. */
  readonly operation?: string
  /** Only operations that began at or after a time: ISO 8601, or a duration back from now such as `2h`. */
  readonly since?: string
  /** The newest ones, at most this many: 1 or more; all when absent. */
  readonly limit?: number
}

/** Operations, and what could not be read of them. */
export interface AuditReport {
  /** Oldest first. */
  readonly entries: ReadonlyArray<AuditEntry>
  /** Whether the limit left older ones out. */
  readonly more: boolean
  readonly warnings: ReadonlyArray<string>
}

/** Why there is nothing to show. */
export type AuditError = TimeInvalid | OperationMissing | OperationAmbiguous | JournalUnavailable | GitFailed

/**
 * The audit trail: every operation with its steps, read from the journal. Asking changes nothing.
 *
 * @example
 * const { entries } = yield* audit.entries({ directory: "/code/shop", feature: "auth", since: "2d", limit: 20 })
 */
export class Audit extends Context.Service<Audit, {
  readonly entries: (request: AuditRequest) => Effect.Effect<AuditReport, AuditError>
}>()("@slipway/core/worktree/Audit") {
  static readonly layer: Layer.Layer<Audit, never, Git | Host | Journal> = Layer.effect(
    Audit,
    Effect.gen(function*() {
      const git = yield* Git
      const host = yield* Host
      const journal = yield* Journal

      const entryOf = Effect.fnUntraced(function*(record: JournalRecord) {
        const process = processInQuestion(record)
        return auditEntry(record, process !== null && (yield* host.isAlive(process)))
      })

      const reportOf = Effect.fnUntraced(function*(records: ReadonlyArray<JournalRecord>, more: boolean) {
        const entries = yield* Effect.forEach(records, entryOf, { concurrency: 8 })
        return { entries, more, warnings: entries.flatMap(unreadableWarning) }
      })

      const readAll = (ids: ReadonlyArray<OperationId>) =>
        Effect.map(
          Effect.forEach(ids, journal.read, { concurrency: 8 }),
          (records) => records.filter((record) => record !== null)
        )

      /** Reads back from the newest until there are as many as wanted: a journal can be long. */
      const readNewest = Effect.fnUntraced(function*(
        ids: ReadonlyArray<OperationId>,
        wanted: number,
        isWanted: (record: JournalRecord) => boolean
      ) {
        const batches: Array<ReadonlyArray<JournalRecord>> = []
        let found = 0
        for (let end = ids.length; end > 0 && found < wanted; end -= batch) {
          const records = (yield* readAll(ids.slice(Math.max(0, end - batch), end))).filter(isWanted)
          batches.push(records)
          found += records.length
        }
        return batches.toReversed().flat()
      })

      const mainCheckout = (request: AuditRequest) =>
        request.all === true ? Effect.succeed(null) : git.repository(request.directory).pipe(
          Effect.map(({ main }) => main),
          Effect.catchTag("NotARepository", () => Effect.succeed(null))
        )

      const one = Effect.fnUntraced(function*(operation: string) {
        const id = yield* Effect.fromResult(matchOperation(operation, yield* journal.ids))
        const record = yield* journal.read(id)
        if (record === null) return yield* new OperationMissing({ operation })
        return yield* reportOf([record], false)
      })

      const entries = Effect.fn("Audit.entries")(function*(request: AuditRequest) {
        if (request.operation !== undefined) return yield* one(request.operation)
        const { feature, limit = Number.POSITIVE_INFINITY } = request
        const since = request.since === undefined
          ? undefined
          : yield* Effect.fromResult(sinceOf(request.since, yield* Clock.currentTimeMillis))
        const main = yield* mainCheckout(request)
        const ids = yield* journal.ids
        const isWanted = (record: JournalRecord) => main === null || isOfRepository(record, main)
        // Which worktrees are a feature's is told by operations of any age.
        const matching = feature === undefined
          ? yield* readNewest(ids.filter((id) => beganSince(id, since)), limit + 1, isWanted)
          : ofFeature((yield* readAll(ids)).filter(isWanted), feature).filter(({ id }) => beganSince(id, since))
        return yield* reportOf(matching.slice(Math.max(0, matching.length - limit)), matching.length > limit)
      })

      return Audit.of({ entries })
    })
  )
}

/** Records that are read before it is asked again whether they are enough. */
const batch = 32

const unreadableWarning = ({ operation_id, unreadable_lines: count }: AuditEntry): ReadonlyArray<string> =>
  count === 0
    ? []
    : [
      `${count} ${count === 1 ? "line" : "lines"} of the record of ${operation_id} cannot be read, so it may lack steps`
    ]
