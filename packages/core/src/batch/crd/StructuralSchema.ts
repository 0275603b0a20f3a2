import type { JsonSchema } from "effect"
import { anyText } from "../kinds/SchemaRules.ts"

/** A schema as CustomResourceDefinitions take it. */
export type StructuralSchema = Readonly<Record<string, unknown>>

/**
 * Makes a JSON Schema a structural one (`apiextensions.k8s.io/v1`): each field has one type, alternatives only tell which
 * fields go together, and what a server would not take is left out. What a union cannot keep is refused by the library.
 *
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
export const structuralSchema = (schema: JsonSchema.JsonSchema): StructuralSchema => {
  const { allOf, anyOf, description: own, ...plain } = schema
  const checks = listOf(allOf)
  const description = own ?? checks.map((check) => check["description"]).findLast((text) => text !== undefined)
  const validations = checks.map(validationOf).filter((check) => Object.keys(check).length > 0)
  return {
    ...description === undefined ? {} : { description },
    ...structuralUnion(anyOf) ?? structuralType(plain),
    ...validations.length === 0 ? {} : { allOf: validations }
  }
}

const structuralType = (schema: JsonSchema.JsonSchema): StructuralSchema => {
  const { additionalProperties, items, patternProperties, properties, ...plain } = bounded(schema)
  const entries = isSchema(patternProperties) ? patternProperties[anyText] : additionalProperties
  return {
    ...plain,
    ...isSchema(items) ? { items: structuralSchema(items) } : {},
    ...isSchema(properties) ? { properties: structuralProperties(properties) } : {},
    // A server drops what it does not know; `true` beside `properties` is none of its schemas.
    ...isSchema(entries) ? { additionalProperties: structuralSchema(entries) } : {}
  }
}

const structuralProperties = (properties: JsonSchema.JsonSchema): StructuralSchema =>
  Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [name, isSchema(property) ? structuralSchema(property) : {}])
  )

/** Null when there are no alternatives. */
const structuralUnion = (anyOf: unknown): StructuralSchema | null => {
  const members = listOf(anyOf)
  if (members.length === 0) return null
  const types = members.map(({ type }) => type)
  if (types.every((type) => type === "object")) return objectUnion(members)
  const bounds = members.map((member) => without(structuralSchema(member), ["items", "type"]))
  const merged: StructuralSchema = Object.assign({}, ...bounds)
  // Each bound is of one type alone and says nothing of the others.
  return types.length === 2 && types.includes("integer") && types.includes("string")
    ? { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }], ...merged }
    : { "x-kubernetes-preserve-unknown-fields": true, ...merged }
}

/** One object with the fields of all, and which of them go together. */
const objectUnion = (members: ReadonlyArray<JsonSchema.JsonSchema>): StructuralSchema => {
  const fields = members.map(fieldsOf)
  const names = [...new Set(fields.flatMap(({ properties }) => Object.keys(properties)))]
  const shared = names.filter((name) => fields.every(({ properties }) => name in properties))
  const required = names.filter((name) => fields.every((field) => field.required.includes(name)))
  return {
    type: "object",
    properties: Object.fromEntries(
      names.map((name) => [name, mergedProperty(fields.map(({ properties }) => properties[name] ?? {}))])
    ),
    ...required.length === 0 ? {} : { required },
    oneOf: fields.map((field) => {
      const others = names.filter((name) => !(name in field.properties))
      return {
        ...shared.length === 0
          ? {}
          : {
            properties: Object.fromEntries(shared.map((name) => [name, { enum: field.properties[name]?.["enum"] }]))
          },
        required: field.required.filter((name) => !required.includes(name)),
        // Where the words of a field tell members apart, those of the others must not be there.
        ...shared.length === 0 ? {} : { not: { anyOf: others.map((name) => ({ required: [name] })) } }
      }
    })
  }
}

interface Fields {
  readonly properties: Readonly<Record<string, StructuralSchema>>
  readonly required: ReadonlyArray<string>
}

const fieldsOf = ({ properties, required }: JsonSchema.JsonSchema): Fields => ({
  properties: Object.fromEntries(
    isSchema(properties)
      ? Object.entries(properties).map((
        [name, property]
      ) => [name, isSchema(property) ? structuralSchema(property) : {}])
      : []
  ),
  required: Array.isArray(required) ? required.filter((name) => typeof name === "string") : []
})

const mergedProperty = (properties: ReadonlyArray<StructuralSchema>): StructuralSchema => {
  const words = properties.flatMap((property): ReadonlyArray<unknown> =>
    Array.isArray(property["enum"]) ? property["enum"] : []
  )
  const first = properties.find((property) => Object.keys(property).length > 0) ?? {}
  return { ...first, ...words.length === 0 ? {} : { enum: words } }
}

/** Beside a type only bounds are allowed. */
const validationOf = (check: JsonSchema.JsonSchema): StructuralSchema => without(check, ["description"])

const without = (schema: StructuralSchema, words: ReadonlyArray<string>): StructuralSchema =>
  Object.fromEntries(Object.entries(schema).filter(([word]) => !words.includes(word)))

/** Without bounds that say nothing: that a number is one of JavaScript's whole ones, that a text is one. */
const bounded = (schema: JsonSchema.JsonSchema): JsonSchema.JsonSchema =>
  Object.fromEntries(
    Object.entries(schema).filter(([word, value]) =>
      Math.abs(Number(value)) !== Number.MAX_SAFE_INTEGER && !(word === "pattern" && value === anyText)
    )
  )

const listOf = (schemas: unknown): ReadonlyArray<JsonSchema.JsonSchema> =>
  Array.isArray(schemas) ? schemas.filter(isSchema) : []

const isSchema = (value: unknown): value is JsonSchema.JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value)
