import { DateTime, Option } from "effect"
import type { OperationId } from "./OperationId.ts"

/** When an operation began, as its id tells it: ISO 8601 in UTC with milliseconds. */
export const operationTime = (id: OperationId): string => {
  const [, year, month, day, hour, minute, second, milliseconds] =
    /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})(\d{3})Z/u.exec(id) ?? []
  return `${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}Z`
}

/** The part of an operation's id behind its time: enough to tell it from others, nearly always. */
export const shortOperationId = (id: string): string => id.slice(id.indexOf("-") + 1)

/**
 * Whether an operation began at or after a time (ISO 8601, any offset). A time that cannot be read excludes nothing.
 */
export const beganSince = (id: OperationId, since: string | undefined): boolean => {
  if (since === undefined) return true
  const limit = Option.map(DateTime.make(since), DateTime.formatIso)
  return Option.isNone(limit) || operationTime(id) >= limit.value
}
