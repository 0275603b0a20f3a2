import { Option, Result, Schema } from "effect"
import { RunCorrupt } from "../source/BatchProblem.ts"
import { RunSnapshot, RunValues } from "./RunSnapshot.ts"

/** Where a document of a run was read, for what is said when it cannot be used. */
export interface RunDocumentPlace {
  readonly run: string
  readonly path: string
}

/** A run's snapshot as the text of its `run.json`. */
export const encodeRunSnapshot = (snapshot: RunSnapshot): string => `${encodeSnapshot(snapshot)}\n`

/** The values that a run's tasks refer to, as text. Holds secrets. */
export const encodeRunValues = (values: RunValues): string => `${encodeValues(values)}\n`

/** Reads what {@link encodeRunSnapshot} made; that of a newer Slipway is refused and named as such. */
export const decodeRunSnapshot = (place: RunDocumentPlace, text: string): Result.Result<RunSnapshot, RunCorrupt> => {
  const value = parse(text)
  if (Option.isNone(value)) return damaged(place, "it is no JSON")
  const schema = schemaOf(value.value)
  if (Option.isSome(schema) && schema.value.schema !== currentSchema) {
    return damaged(place, `it is of ${JSON.stringify(schema.value.schema)}, which a newer Slipway wrote`)
  }
  return Result.mapError(
    decodeSnapshot(value.value),
    ({ message }) => new RunCorrupt({ ...place, reason: message.split("\n").join(" ") })
  )
}

/** Reads what {@link encodeRunValues} made. What is wrong with it is not told in detail: it would show secrets. */
export const decodeRunValues = (place: RunDocumentPlace, text: string): Result.Result<RunValues, RunCorrupt> =>
  Option.match(Option.flatMap(parse(text), decodeValues), {
    onNone: () => damaged(place, "it does not hold values"),
    onSome: (values) => Result.succeed(values)
  })

const currentSchema = RunSnapshot.fields.schema.literal

const encodeSnapshot = Schema.encodeSync(Schema.fromJsonString(RunSnapshot))
const encodeValues = Schema.encodeSync(Schema.fromJsonString(RunValues))
const parse = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))
const schemaOf = Schema.decodeUnknownOption(Schema.Struct({ schema: Schema.String }))
const decodeSnapshot = Schema.decodeUnknownResult(RunSnapshot)
const decodeValues = Schema.decodeUnknownOption(RunValues)

const damaged = (place: RunDocumentPlace, reason: string): Result.Result<never, RunCorrupt> =>
  Result.fail(new RunCorrupt({ ...place, reason }))
