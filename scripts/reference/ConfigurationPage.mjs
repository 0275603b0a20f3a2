import { code, generatedFrom, page, table } from "./Markdown.mjs"

/** The reference of `.devops-ai/infra.toml`, from its JSON Schema. */
export const configurationPage = (schema) =>
  page(
    generatedFrom("the schema in `packages/core/src/project/InfraSchema.ts`"),
    "# `.devops-ai/infra.toml`",
    "Every table and key that Slipway reads. What it does not know is left alone. " +
      "Editors can check the file against [infra.schema.json](infra.schema.json).",
    ...sectionsOf(schema, []).map(section)
  )

/** Each table of the file with the path to it, parents first; of a list of tables, what each is. */
const sectionsOf = (schema, path) =>
  Object.entries(schema.properties ?? {})
    .filter(([, property]) => isTable(property))
    .flatMap(([name, property]) => [
      {
        path: [...path, name],
        schema: property.items ?? property,
        description: property.description ?? "",
        isList: property.type === "array",
        isRequired: (schema.required ?? []).includes(name)
      },
      ...sectionsOf(property.items ?? property, [...path, name])
    ])

/** Whether a key stands for a table, or for a list of them. */
const isTable = (property) => property.type === "object" || property.items?.type === "object"

const section = ({ description, isList, isRequired, path, schema }) =>
  page(
    `## ${code(isList ? `[[${path.join(".")}]]` : `[${path.join(".")}]`)}`,
    `${description}${isList ? " Written once for each." : ""}${isRequired ? " Required." : ""}`,
    isOpen(schema)
      ? `Each key is a name of your own; its value: ${valueOf(schema.additionalProperties)}.`
      : keyTable(schema)
  ).trim()

const isOpen = (schema) => schema.properties === undefined

const keyTable = (schema) => {
  const keys = Object.entries(schema.properties).filter(([, property]) => !isTable(property))
  return keys.length === 0
    ? ""
    : table(
      ["Key", "Value", "Default", "Meaning"],
      keys.map(([name, property]) => [
        code(name),
        valueOf(property),
        (schema.required ?? []).includes(name)
          ? "required"
          : property.default === undefined
          ? ""
          : code(JSON.stringify(property.default)),
        property.description ?? ""
      ])
    )
}

const valueOf = (schema) => {
  if (schema.enum !== undefined) return schema.enum.map((value) => code(JSON.stringify(value))).join(", ")
  if (schema.anyOf !== undefined) return schema.anyOf.map(valueOf).join(" or ")
  if (schema.type === "array") return `list, each ${valueOf(schema.items)}`
  if (schema.type === "integer") return withRange("integer", schema)
  if (schema.type === "number") return withRange("number", schema)
  return schema.type
}

const withRange = (name, { exclusiveMinimum, maximum, minimum }) => {
  const from = minimum === undefined
    ? exclusiveMinimum === undefined ? "" : ` above ${exclusiveMinimum}`
    : ` from ${minimum}`
  return `${name}${from}${maximum === undefined ? "" : ` to ${maximum}`}`
}
