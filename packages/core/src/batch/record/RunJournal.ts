import { Option, Result, Schema } from "effect"
import { RunCorrupt } from "../source/BatchProblem.ts"
import { RunEvent } from "./RunEvent.ts"

/** The text of a run's journal, read. */
export interface RunJournal {
  readonly events: ReadonlyArray<RunEvent>
  /** 1 when the last line was not written to its end, else 0. It counts as not written. */
  readonly unreadableLines: number
}

/**
 * Events as lines of a run's journal, each with its line end: one JSON document a line.
 *
 * @example
 * encodeRunEvents([{ _tag: "CancelRequested", at: "2026-11-01T00:00:00.000Z" }])
 */
export const encodeRunEvents = (events: ReadonlyArray<RunEvent>): string =>
  events.map((event) => `${encodeLine(event)}\n`).join("")

/**
 * Reads the text of a run's journal. A last line without its end is what a killed process leaves, and is counted; any
 * other line that is no event is damage, or a newer Slipway's, and nothing is guessed. `path` is named in the error.
 */
export const decodeRunJournal = (
  run: string,
  path: string,
  text: string
): Result.Result<RunJournal, RunCorrupt> => {
  const events: Array<RunEvent> = []
  let start = 0
  for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
    const event = decodeLine(text.slice(start, end))
    if (Result.isFailure(event)) {
      const reason = `line ${events.length + 1} ${event.failure}`
      return Result.fail(new RunCorrupt({ run, path, reason }))
    }
    events.push(event.success)
    start = end + 1
  }
  return Result.succeed({ events, unreadableLines: start < text.length ? 1 : 0 })
}

const encodeLine = Schema.encodeSync(Schema.fromJsonString(RunEvent))
const parseLine = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))
const isKnown = Schema.decodeUnknownOption(Schema.Struct({ _tag: Schema.String }))

type Decode = (line: unknown) => Option.Option<RunEvent>

const decoderOf = (member: Schema.ConstraintDecoder<RunEvent>): Decode => Schema.decodeUnknownOption(member)

/** One decoder for each kind of event: to try them all in turn takes several times as long. */
const decoders: ReadonlyMap<string, Decode> = new Map(
  RunEvent.members.map((member) => [member.fields._tag.schema.literal, decoderOf(member)])
)

const decodeLine = (line: string): Result.Result<RunEvent, string> => {
  const tagged = Option.flatMap(parseLine(line), (value) => Option.map(isKnown(value), ({ _tag }) => ({ _tag, value })))
  if (Option.isNone(tagged)) return Result.fail("is damaged")
  const { _tag, value } = tagged.value
  const decode = decoders.get(_tag)
  if (decode === undefined) return Result.fail(`holds ${_tag}, which a newer Slipway wrote`)
  return Result.fromOption(decode(value), () => `holds ${_tag} in a form that is not known`)
}
