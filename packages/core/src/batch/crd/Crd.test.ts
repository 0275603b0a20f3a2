import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Schema } from "effect"
import { parse, parseAllDocuments } from "yaml"
import { batchCorpus } from "../../testing/BatchCorpus.ts"
import { seedExamples } from "../../testing/SeedExamples.ts"
import { serverFaults } from "../../testing/ServerSchema.ts"
import { batchKinds, type BatchResource } from "../kinds/Kinds.ts"
import { crdDocuments, crdYaml } from "./Crd.ts"

const Definition = Schema.Struct({
  group: Schema.String,
  scope: Schema.String,
  names: Schema.Struct({
    kind: Schema.String,
    plural: Schema.String,
    singular: Schema.String,
    shortNames: Schema.Array(Schema.String)
  }),
  versions: Schema.Array(Schema.Struct({
    name: Schema.String,
    subresources: Schema.optionalKey(Schema.Json),
    additionalPrinterColumns: Schema.Array(Schema.Struct({ name: Schema.String, jsonPath: Schema.String })),
    schema: Schema.Struct({ openAPIV3Schema: Schema.Record(Schema.String, Schema.Json) })
  }))
})

const definitions = crdDocuments().map(({ spec }) => Schema.decodeUnknownSync(Definition)(spec))

const schemaOf = (kind: unknown): Readonly<Record<string, unknown>> | undefined =>
  definitions.find(({ names }) => names.kind === kind)?.versions[0]?.schema.openAPIV3Schema

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Words that stand beside a type alone, not within `allOf` and its like. */
const typeWords = new Set(["type", "description", "properties", "items", "additionalProperties", "nullable", "default"])

/** What a server refuses in a structural schema. */
const structureFaults = (schema: unknown, path: string): ReadonlyArray<string> => {
  if (!isMap(schema)) return [`${path}: no schema`]
  const isTyped = typeof schema["type"] === "string" || schema["x-kubernetes-int-or-string"] === true ||
    schema["x-kubernetes-preserve-unknown-fields"] === true
  const isBoth = "properties" in schema && "additionalProperties" in schema
  const isIntOrString = schema["x-kubernetes-int-or-string"] === true
  const alternatives = ["allOf", "anyOf", "oneOf", "not"].flatMap((word) => {
    const members = [schema[word]].flat().filter((member) => member !== undefined)
    return isIntOrString && word === "anyOf" ? [] : members.flatMap((member) => boundFaults(member, `${path}.${word}`))
  })
  const properties = isMap(schema["properties"]) ? schema["properties"] : {}
  return [
    ...isTyped ? [] : [`${path}: no type`],
    ...isBoth ? [`${path}: properties and additionalProperties`] : [],
    ...alternatives,
    ...Object.entries(properties).flatMap(([name, property]) => structureFaults(property, `${path}.${name}`)),
    ...["items", "additionalProperties"].flatMap((word) =>
      word in schema ? structureFaults(schema[word], `${path}.${word}`) : []
    )
  ]
}

const boundFaults = (schema: unknown, path: string): ReadonlyArray<string> => {
  if (Array.isArray(schema)) return schema.flatMap((one) => boundFaults(one, path))
  if (!isMap(schema)) return []
  return Object.entries(schema).flatMap(([word, rule]) => {
    if (word === "properties" && isMap(rule)) return Object.values(rule).flatMap((one) => boundFaults(one, path))
    return typeWords.has(word) ? [`${path}: ${word} within alternatives`] : boundFaults(rule, path)
  })
}

describe("crdYaml", () => {
  it("defines the four kinds", () => {
    assert.deepStrictEqual(
      crdDocuments().map(({ apiVersion, kind, metadata }) => [apiVersion, kind, metadata.name]),
      ["batches", "batchruns", "tasks", "workspaceconfigs"].map((plural) => [
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        `${plural}.kubetask.io`
      ])
    )
    const shortNames = definitions.flatMap(({ names }) => names.shortNames)
    assert.deepStrictEqual(shortNames, [...new Set(shortNames)])
    assert.deepStrictEqual(definitions.map(({ versions: [version] }) => version?.subresources !== undefined), [
      false,
      true,
      true,
      false
    ])
  })

  it("is what the documents are, without anchors and references", () => {
    const yaml = crdYaml()
    const documents = parseAllDocuments(yaml)
    assert.deepStrictEqual<unknown>([...documents].map((document): unknown => document.toJS()), crdDocuments())
    assert.notMatch(yaml, /\$ref|[&*]a\d/u)
  })

  it("is structural", () => {
    for (const { names } of definitions) {
      assert.deepStrictEqual(structureFaults(schemaOf(names.kind), names.kind), [])
    }
  })

  it("has no pattern that RE2 does not know", () => {
    const patterns = [...crdYaml().matchAll(/pattern: (.*)$/gmu)].map(([, pattern = ""]) => pattern)
    assert.isAbove(patterns.length, 50)
    for (const pattern of patterns) assert.notMatch(pattern, /\(\?[=!<]|\\(?:[1-9Pku]|p(?!\{Cc\}))|\{\d{4,}/u)
  })

  it("prints columns of fields that there are", () => {
    for (const { names, versions: [version] } of definitions) {
      for (const { jsonPath } of version?.additionalPrinterColumns ?? []) {
        if (jsonPath.startsWith(".metadata.")) continue
        const field = jsonPath.slice(1).split(".").reduce<unknown>(
          (schema, part) => isMap(schema) && isMap(schema["properties"]) ? schema["properties"][part] : undefined,
          schemaOf(names.kind)
        )
        assert.isDefined(field, `${names.kind} ${jsonPath}`)
      }
    }
  })
})

describe("a server with these definitions", () => {
  /** Rules that each server has by itself, for objects of any kind. */
  const isOfServer = (path: string): boolean => /^(?:apiVersion|kind|metadata(?:\.labels.*|\.namespace)?)$/u.test(path)

  for (const { name, path, serverAccepts, yaml } of batchCorpus) {
    const value: unknown = parse(yaml)
    const schema = isMap(value) ? schemaOf(value["kind"]) : undefined
    if (schema === undefined || isOfServer(path)) continue
    it(`${serverAccepts === false ? "refuses" : "takes"} ${name.slice(0, 80)}`, () => {
      assert.strictEqual(serverFaults(schema, value).length === 0, serverAccepts ?? true)
    })
  }

  it("takes the seed's examples, with their status", () => {
    for (const { yaml } of seedExamples) {
      for (const document of parseAllDocuments(yaml)) {
        const value: unknown = document.toJS()
        const schema = isMap(value) ? schemaOf(value["kind"]) : undefined
        assert.isDefined(schema)
        assert.deepStrictEqual(schema === undefined ? null : serverFaults(schema, value), [])
      }
    }
  })

  for (const [kind, schema] of Object.entries(batchKinds)) {
    const definition = schemaOf(kind)
    if (definition === undefined) continue
    it.effect.prop(
      `takes each ${kind} that the library takes`,
      { made: Arbitrary.schema<Schema.Codec<BatchResource>>(schema) },
      // A status of any shape is the library's to skip; a server drops it when a resource is made.
      ({ made }) => Effect.sync(() => assert.deepStrictEqual(serverFaults(definition, { ...made, status: {} }), []))
    )
  }
})
