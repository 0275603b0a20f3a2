/** A schema as a server holds it. */
type ServerSchema = Readonly<Record<string, unknown>>

/**
 * What a Kubernetes server finds wrong with a value by a structural schema: the paths of the fields. Knows the words that
 * CustomResourceDefinitions of Slipway use, and throws at any other.
 */
export const serverFaults = (schema: ServerSchema, value: unknown, path = ""): ReadonlyArray<string> =>
  Object.entries(schema).flatMap(([word, rule]) => {
    const check = words[word]
    if (check === undefined) throw new Error(`${path}: a server does not know ${word}`)
    return check(rule, value, path)
  })

type Check = (rule: unknown, value: unknown, path: string) => ReadonlyArray<string>

const unless = (isRight: boolean, path: string): ReadonlyArray<string> => isRight ? [] : [path === "" ? "." : path]

const silent: Check = () => []

const ofText = (isRight: (text: string, rule: unknown) => boolean): Check => (rule, value, path) =>
  typeof value === "string" ? unless(isRight(value, rule), path) : []

const ofNumber = (isRight: (number: number, rule: number) => boolean): Check => (rule, value, path) =>
  typeof value === "number" ? unless(isRight(value, Number(rule)), path) : []

const ofList = (isRight: (length: number, rule: number) => boolean): Check => (rule, value, path) =>
  Array.isArray(value) ? unless(isRight(value.length, Number(rule)), path) : []

const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  array: Array.isArray,
  boolean: (value) => typeof value === "boolean",
  integer: Number.isInteger,
  object: (value) => isMap(value),
  string: (value) => typeof value === "string"
}

const words: Readonly<Record<string, Check>> = {
  description: silent,
  format: silent,
  "x-kubernetes-int-or-string": silent,
  "x-kubernetes-list-map-keys": silent,
  "x-kubernetes-list-type": silent,
  "x-kubernetes-preserve-unknown-fields": silent,
  "x-kubernetes-validations": silent,
  type: (rule, value, path) => unless(types[String(rule)]?.(value) === true, path),
  enum: (rule, value, path) => unless(listOf(rule).includes(value), path),
  pattern: ofText((text, rule) => new RegExp(String(rule), "u").test(text)),
  minLength: ofText((text, rule) => [...text].length >= Number(rule)),
  maxLength: ofText((text, rule) => [...text].length <= Number(rule)),
  minimum: ofNumber((number, rule) => number >= rule),
  maximum: ofNumber((number, rule) => number <= rule),
  minItems: ofList((length, rule) => length >= rule),
  maxItems: ofList((length, rule) => length <= rule),
  required: (rule, value, path) =>
    !isMap(value) ? [] : listOf(rule).flatMap((name) => unless(Object.hasOwn(value, String(name)), `${path}.${name}`)),
  properties: (rule, value, path) =>
    !isMap(value) || !isMap(rule) ?
      [] :
      Object.entries(rule).flatMap(([name, schema]) =>
        Object.hasOwn(value, name) && isMap(schema) ? serverFaults(schema, value[name], `${path}.${name}`) : []
      ),
  additionalProperties: (rule, value, path) =>
    !isMap(value) || !isMap(rule) ?
      [] :
      Object.entries(value).flatMap(([name, one]) => serverFaults(rule, one, `${path}.${name}`)),
  items: (rule, value, path) =>
    !Array.isArray(value) || !isMap(rule)
      ? []
      : value.flatMap((item, index) => serverFaults(rule, item, `${path}[${index}]`)),
  allOf: (rule, value, path) => schemasOf(rule).flatMap((schema) => serverFaults(schema, value, path)),
  anyOf: (rule, value, path) => unless(schemasOf(rule).some((schema) => isValid(schema, value)), path),
  oneOf: (rule, value, path) => unless(schemasOf(rule).filter((schema) => isValid(schema, value)).length === 1, path),
  not: (rule, value, path) => unless(isMap(rule) && !isValid(rule, value), path)
}

const isValid = (schema: ServerSchema, value: unknown): boolean => serverFaults(schema, value).length === 0

const listOf = (value: unknown): ReadonlyArray<unknown> => Array.isArray(value) ? value : []

const schemasOf = (value: unknown): ReadonlyArray<ServerSchema> => listOf(value).filter(isMap)

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
