import { Schema } from "effect"
import { atMost, matching } from "./SchemaRules.ts"

const pattern = /^(?:[0-9]{1,8}|(?:[0-9]{1,4}h)?(?:[0-9]{1,6}m)?(?:[0-9]{1,8}s)?)$/u
const rule = "a time span above 0: whole seconds, or hours, minutes and seconds such as 90s, 5m or 1h30m"
const longest = 99_999_999

/** A time span: whole seconds, or hours, minutes and seconds such as `1h30m`. */
export const TimeSpan = Schema.Union([
  Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: longest }, { expected: rule })),
  Schema.String.check(
    atMost(32),
    matching(pattern, rule, { sample: /^[1-9][0-9]?(?:s|m|h|h[1-5]m)$/u }),
    // Zero is none, in whatever way it is written. No `refusing`: in a CustomResourceDefinition it would refuse integers.
    matching(/[1-9]/u, rule, { sample: /^[1-9][0-9]?(?:s|m|h|h[1-5]m)$/u })
  )
]).annotate({ expected: rule })
export type TimeSpan = typeof TimeSpan.Type

const isTimeSpan = Schema.is(TimeSpan)

/**
 * The seconds of a time span, 1 to 136,000,000; null when it is none.
 *
 * @example
 * timeSpanSeconds("1h30m") // 5400
 */
export const timeSpanSeconds = (span: string | number): number | null => {
  if (!isTimeSpan(span)) return null
  if (typeof span === "number") return span
  const [, hours, minutes, seconds] = /^(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s?)?$/u.exec(span) ?? []
  return Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0)
}
