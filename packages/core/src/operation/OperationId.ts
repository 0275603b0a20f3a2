import { Schema } from "effect"

/** The id of an operation: sortable by time, safe as a file name. */
export const OperationId = Schema.String.pipe(
  Schema.check(Schema.isPattern(/^[0-9]{8}T[0-9]{9}Z-[a-z0-9]{6,}$/u)),
  Schema.brand("OperationId")
)
export type OperationId = typeof OperationId.Type
