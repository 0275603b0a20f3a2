import { Schema } from "effect"
import {
  atMost,
  choiceAnnotation,
  choosing,
  confidentialAnnotation,
  matching,
  refusing,
  required
} from "./SchemaRules.ts"
import { KeyRef } from "./TaskContext.ts"

/** The variables that Slipway itself sets. */
const reservedVariables = ["TASK_NAME", "TASK_NAMESPACE", "WORKSPACE_DIR", "SLIPWAY_ATTEMPT"] as const

const reserved = new RegExp(`^(?:${reservedVariables.join("|")})$`, "u")

/** A variable of the agent's environment. */
export const EnvironmentVariable = Schema.Struct({
  name: required(
    "the variable's name",
    Schema.String.check(
      atMost(255),
      matching(/^[A-Za-z_][A-Za-z0-9_]*$/u, "of letters, digits and _, not beginning with a digit", {
        sample: /^[A-Z]{1,8}$/u
      }),
      refusing(reserved, `another name than ${reservedVariables.join(", ")}, which Slipway sets itself`)
    )
  ),
  value: Schema.optionalKey(
    Schema.String.check(
      refusing(/\0/u, "without NUL")
    ).annotate({ [confidentialAnnotation]: true })
  ),
  valueFrom: Schema.optionalKey(
    Schema.Union([
      Schema.Struct({ configMapKeyRef: KeyRef }),
      Schema.Struct({ secretKeyRef: KeyRef })
    ]).annotate({
      expected: "a map with configMapKeyRef or secretKeyRef",
      [choiceAnnotation]: { names: ["configMapKeyRef", "secretKeyRef"], count: "exactly one" }
    })
  )
}).check(choosing({ names: ["value", "valueFrom"], count: "at most one" })).annotate({
  expected: "a map with name, and value or valueFrom"
})
export interface EnvironmentVariable extends Schema.Schema.Type<typeof EnvironmentVariable> {}
