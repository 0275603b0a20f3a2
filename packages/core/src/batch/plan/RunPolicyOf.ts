import { Result } from "effect"
import { type BatchRunSpec, mostParallel, mostRetries, type WorkspaceConfigSpec } from "../kinds/Kinds.ts"
import { timeSpanSeconds } from "../kinds/TimeSpan.ts"
import type { RunPolicy } from "../record/RunSnapshot.ts"
import type { BatchRequest } from "./BatchRequest.ts"

/** How many tasks run at once when nobody says it. */
const defaultMaxParallel = 4

/** What the rules of a run are made of. */
export interface PolicyInput {
  /** Null for a Batch or a Task that runs without a BatchRun. */
  readonly spec: BatchRunSpec | null
  readonly workspace: Pick<WorkspaceConfigSpec, "maxParallel"> | null
  readonly request: Pick<
    BatchRequest,
    "maxParallel" | "maxFailures" | "failFast" | "timeout" | "taskTimeout" | "retry"
  >
  /** How many tasks there are: a share of failures is of them. */
  readonly total: number
}

/** A value that cannot be used. */
export interface PolicyFault {
  /** Whether a flag says it, or the BatchRun. */
  readonly from: "flag" | "spec"
  /** Such as `--timeout`, or `spec.timeout`. */
  readonly path: string
  readonly message: string
}

/**
 * The rules that a run goes by: what a flag says, else the BatchRun, else the default. `maxParallel` of the
 * WorkspaceConfig is a bound above both. All faults at once.
 *
 * @example
 * runPolicy({ spec: { batchRef: "fix", maxFailures: "10%" }, workspace: null, request: { timeout: "5m" }, total: 30 })
 * // maxFailures 3, timeoutSeconds 300, maxParallel 4, retry 0
 */
export const runPolicy = (
  { request, spec, total, workspace }: PolicyInput
): Result.Result<RunPolicy, ReadonlyArray<PolicyFault>> => {
  const faults: Array<PolicyFault> = []
  const read = <Value>(
    field: "maxParallel" | "maxFailures" | "timeout" | "taskTimeout" | "retry",
    parse: (value: number | string) => Result.Result<Value, string>
  ): Value | null => {
    const value = request[field] ?? spec?.[field]
    if (value === undefined) return null
    const parsed = parse(value)
    if (Result.isSuccess(parsed)) return parsed.success
    faults.push(
      request[field] === undefined
        ? { from: "spec", path: `spec.${field}`, message: parsed.failure }
        : { from: "flag", path: `--${kebab(field)}`, message: parsed.failure }
    )
    return null
  }
  const policy: RunPolicy = {
    maxParallel: Math.min(
      read("maxParallel", wholeNumber(1, mostParallel)) ?? defaultMaxParallel,
      workspace?.maxParallel ?? Infinity
    ),
    maxFailures: read("maxFailures", failuresBorne(total)),
    failFast: request.failFast ?? spec?.failFast ?? false,
    timeoutSeconds: read("timeout", seconds),
    taskTimeoutSeconds: read("taskTimeout", seconds),
    retry: read("retry", wholeNumber(0, mostRetries)) ?? 0,
    ttlSecondsAfterFinished: spec?.ttlSecondsAfterFinished ?? null
  }
  return faults.length === 0 ? Result.succeed(policy) : Result.fail(faults)
}

const kebab = (field: string): string => field.replaceAll(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`)

const wholeNumber = (least: number, most: number) => (value: number | string): Result.Result<number, string> => {
  const number = Number(value)
  return Number.isSafeInteger(number) && number >= least && number <= most
    ? Result.succeed(number)
    : Result.fail(`must be a whole number from ${least} to ${most}, found ${JSON.stringify(value)}`)
}

const seconds = (value: number | string): Result.Result<number, string> => {
  const found = timeSpanSeconds(value)
  return found === null
    ? Result.fail(`must be a time span above 0 such as 90s, 5m or 1h30m, found ${JSON.stringify(value)}`)
    : Result.succeed(found)
}

/** How many failures a number or a share of all tasks is; of a share, the part behind the point does not count. */
const failuresBorne = (total: number) => (value: number | string): Result.Result<number, string> => {
  const [, number, share] = /^(?:(\d{1,9})|(\d{1,3})%)$/u.exec(String(value)) ?? []
  if (number !== undefined) return Result.succeed(Number(number))
  return share !== undefined && Number(share) <= 100
    ? Result.succeed(Math.floor(total * Number(share) / 100))
    : Result.fail(`must be a number of tasks, or a share from 0% to 100%, found ${JSON.stringify(value)}`)
}
