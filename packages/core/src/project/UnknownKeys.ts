import type { Schema } from "effect"
import { closestWord } from "./ClosestWord.ts"
import type { RuleRemark } from "./InfraRules.ts"
import { type TomlPath, tomlPathText } from "./TomlLocation.ts"

/** The keys that a table can have, and the tables below it. */
interface KnownTable {
  readonly fields: Readonly<Record<string, Schema.Top>>
}

/**
 * Keys of a parsed file that its schema does not know, each with the known key that may have been meant. Tables that
 * take any key (`Schema.Record`) are not looked into.
 */
export const unknownKeys = (
  schema: KnownTable,
  table: Readonly<Record<string, unknown>>,
  path: TomlPath = []
): ReadonlyArray<RuleRemark> =>
  Object.entries(table).flatMap(([key, value]): ReadonlyArray<RuleRemark> => {
    const at = [...path, key]
    const field = Object.hasOwn(schema.fields, key) ? schema.fields[key] : undefined
    if (field === undefined) {
      const meant = closestWord(key, Object.keys(schema.fields))
      const question = meant === null ? "" : `; did you mean ${meant}?`
      return [{ path: at, text: `unknown key ${tomlPathText(at)} is left alone${question}` }]
    }
    const inner = tableOf(field)
    if (inner === null) return []
    return Array.isArray(value)
      ? value.flatMap((item, index) => unknownKeysOf(inner, item, [...at, index]))
      : unknownKeysOf(inner, value, at)
  })

const unknownKeysOf = (schema: KnownTable, value: unknown, path: TomlPath): ReadonlyArray<RuleRemark> =>
  typeof value !== "object" || value === null
    ? []
    : unknownKeys(schema, Object.fromEntries(Object.entries(value)), path)

const tableOf = (schema: unknown): KnownTable | null => {
  if (typeof schema !== "object" && typeof schema !== "function" || schema === null) return null
  if (hasFields(schema)) return schema
  // What an optional key or a list is made of.
  return "schema" in schema ? tableOf(schema.schema) : "value" in schema ? tableOf(schema.value) : null
}

const hasFields = (schema: object): schema is KnownTable => "fields" in schema
