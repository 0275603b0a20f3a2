import { DateTime, Option, Result, Schema } from "effect"

/** A time that cannot be read. */
export class TimeInvalid extends Schema.TaggedError<TimeInvalid>()("TimeInvalid", { time: Schema.String }) {
  readonly code = "time-invalid" as const
  override get message(): string {
    return `${JSON.stringify(this.time)} is no time`
  }
  get hint(): string {
    return "name a time as 2026-11-21 or 2026-11-21T09:30:00Z, or how long ago it was as 30m, 2h or 3d"
  }
}

const second = 1000
const units: Readonly<Record<string, number>> = {
  s: second,
  m: 60 * second,
  h: 3600 * second,
  d: 86_400 * second,
  w: 604_800 * second
}

const iso = /^(?<day>\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?<zone>Z|[+-]\d{2}:?\d{2})?)?$/iu

/**
 * Reads a point in time, as ISO 8601 in UTC: either ISO 8601 itself, in UTC where it names no offset, or a duration back
 * from now: `s`, `m` (minutes), `h`, `d` or `w` behind a whole number.
 *
 * @param now milliseconds since 1970
 *
 * @example
 * sinceOf("2h", Date.parse("2026-11-21T12:00:00Z")) // 2026-11-21T10:00:00.000Z
 */
export const sinceOf = (text: string, now: number): Result.Result<string, TimeInvalid> => {
  const moment = /^\d+[smhdw]$/u.test(text)
    ? DateTime.make(now - Number(text.slice(0, -1)) * (units[text.slice(-1)] ?? Number.NaN))
    : dated(text)
  return Option.match(moment, {
    onNone: () => Result.fail(new TimeInvalid({ time: text })),
    onSome: (time) => Result.succeed(DateTime.formatIso(time))
  })
}

const dated = (text: string): Option.Option<DateTime.DateTime> => {
  const { day, zone } = iso.exec(text)?.groups ?? {}
  if (day === undefined || !isDay(day)) return Option.none()
  return DateTime.make(zone === undefined && text !== day ? `${text}Z` : text)
}

/** Engines read February 30 as March 2. */
const isDay = (day: string): boolean =>
  Option.exists(DateTime.make(`${day}T00:00:00Z`), (time) => DateTime.formatIso(time).startsWith(day))
