import type { EnvironmentVariable } from "../kinds/Kinds.ts"
import { textOfBase64 } from "../plan/Base64Text.ts"
import type { KeyedValues, RunSnapshot, RunValues } from "../record/RunSnapshot.ts"

/** The environment variables of the WorkspaceConfig, with the values that they refer to. */
export const agentVariables = (
  snapshot: RunSnapshot,
  values: RunValues
): Readonly<Record<string, string>> =>
  Object.fromEntries(snapshot.agent.env.map((variable) => [variable.name, valueOf(variable, values)]))

const valueOf = (variable: EnvironmentVariable, values: RunValues): string => {
  const { valueFrom } = variable
  if (valueFrom === undefined) return variable.value ?? ""
  return "secretKeyRef" in valueFrom
    ? textOf(values.secrets, valueFrom.secretKeyRef)
    : textOf(values.configMaps, valueFrom.configMapKeyRef)
}

const textOf = (values: KeyedValues, { key, name }: { readonly name: string; readonly key: string }): string =>
  textOfBase64(values[name]?.[key] ?? "") ?? ""
