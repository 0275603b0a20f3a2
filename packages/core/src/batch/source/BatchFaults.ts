import { Schema, SchemaAST, type SchemaIssue } from "effect"
import { closestWord } from "../../project/ClosestWord.ts"
import {
  type Choice,
  choiceAnnotation,
  choiceFault,
  confidentialAnnotation,
  discriminatorAnnotation
} from "../kinds/SchemaRules.ts"
import type { FieldPath } from "./YamlDocuments.ts"

/** What is wrong with a value, and where in it. */
export interface FieldFault {
  readonly path: FieldPath
  /** Such as `must be a whole number from 1 to 1000, found 0`. */
  readonly message: string
}

/**
 * Everything that is wrong with a value, told for people. Fields that may be secret are not quoted.
 *
 * @example
 * fieldFaults(issue, { spec: { maxParallel: 0 } })
 * // [{ path: ["spec", "maxParallel"], message: "must be a whole number from 1 to 1000, found 0" }]
 */
export const fieldFaults = (issue: SchemaIssue.Issue, value: unknown): ReadonlyArray<FieldFault> =>
  withoutRepetition(faultsOf(issue, { path: [], value, isConfidential: false }))

/** A path as people write it, such as `spec.commonContext[0].file.name`. */
export const fieldPathText = (path: FieldPath): string =>
  path.map((part, index) =>
    typeof part === "number"
      ? `[${part}]`
      : /^[A-Za-z_$][-\w$]{0,99}$/u.test(part)
      ? `${index === 0 ? "" : "."}${part}`
      : `[${quoted(part)}]`
  ).join("")

/** The path that {@link fieldPathText} wrote. */
export const fieldPathOf = (text: string): FieldPath =>
  [...text.matchAll(/\[(?<index>\d+)\]|\[(?<quoted>"(?:[^"\\]|\\.)*")\]|\.?(?<name>[^.[\]]+)/gu)].map(({ groups }) =>
    groups?.["index"] !== undefined
      ? Number(groups["index"])
      : groups?.["quoted"] !== undefined
      ? String(JSON.parse(groups["quoted"]))
      : groups?.["name"] ?? ""
  )

/** A place in the value. */
interface Place {
  readonly path: FieldPath
  readonly value: unknown
  readonly isConfidential: boolean
  /** Fields that other members of the union have, with the word that goes with them. */
  readonly foreign?: ReadonlyMap<string, string>
}

const faultsOf = (issue: SchemaIssue.Issue, place: Place): ReadonlyArray<FieldFault> => {
  switch (issue._tag) {
    case "Pointer":
      return faultsOf(issue.issue, issue.path.reduce<Place>(stepInto, place))
    case "Composite": {
      const inside = confided(issue.ast, place)
      const isOfFields = !issue.issues.some((one) => one._tag === "Filter")
      return [
        // A choice is looked at only when nothing else is wrong with the fields; people want to know all at once.
        ...isOfFields ? choicesOf(issue.ast).flatMap((choice) => chosen(choice, inside)) : [],
        ...issue.issues.flatMap((one) => unknownField(issue.ast, one, inside) ?? faultsOf(one, inside))
      ]
    }
    case "Filter":
      return faultsOfFilter(issue, place)
    case "AnyOf":
      return faultsOfUnion(issue, confided(issue.ast, place))
    case "Encoding":
      return faultsOf(issue.issue, place)
    case "MissingKey":
      return [fault(place, `is missing${becauseOf(issue.annotations?.["messageMissingKey"])}`)]
    case "InvalidType":
      return [mismatch(confided(issue.ast, place), expectedType(issue.ast))]
    case "UnexpectedKey":
      return [fault(place, "unknown field")]
    case "InvalidValue": {
      const message = issue.annotations?.["message"]
      return [fault(place, typeof message === "string" ? message : "cannot be used")]
    }
    case "OneOf":
    case "Forbidden":
      return [fault(place, "cannot be used")]
  }
}

const faultsOfFilter = (issue: SchemaIssue.Filter, place: Place): ReadonlyArray<FieldFault> => {
  const annotations = issue.filter.annotations
  const inside = annotations?.[confidentialAnnotation] === true ? { ...place, isConfidential: true } : place
  const isPlain = issue.issue._tag === "InvalidValue" && issue.issue.annotations?.["message"] === undefined
  if (!isPlain) return faultsOf(issue.issue, inside)
  const expected = annotations?.expected
  return [mismatch(inside, expected ?? "another value")]
}

/** Which member of a union was meant is told by its choice or its discriminator; else the union speaks for all. */
const faultsOfUnion = (issue: SchemaIssue.AnyOf, place: Place): ReadonlyArray<FieldFault> => {
  const { ast } = issue
  const expected = expectedType(ast)
  if (!isObject(place.value)) return [mismatch(place, expected)]
  const discriminator = SchemaAST.resolve(ast)?.[discriminatorAnnotation]
  if (typeof discriminator === "string") {
    const [only] = issue.issues
    if (issue.issues.length === 1 && only !== undefined) {
      return faultsOf(only, { ...place, foreign: foreignFields(ast, discriminator) })
    }
    const words = ast.types.flatMap((member) => literalsOf(member, discriminator))
    const at = stepInto(place, discriminator)
    const rule = `one of ${words.join(", ")}`
    if (!Object.hasOwn(place.value, discriminator)) return [fault(at, `is missing: ${rule}`)]
    return [mismatch(at, rule, suggestion(at.value, words))]
  }
  const choice = asChoice(SchemaAST.resolve(ast)?.[choiceAnnotation])
  if (choice === null) return [mismatch(place, expected)]
  const unknown = Object.keys(place.value).filter((name) => !choice.names.includes(name))
    .map((name) => fault(stepInto(place, name), `unknown field${suggested(name, choice.names)}`))
  const wrong = [...chosen(choice, place), ...unknown]
  if (wrong.length > 0) return wrong
  const meant = issue.issues.find((one) => !mentionsUnknown(one))
  return meant === undefined ? [mismatch(place, expected)] : faultsOf(meant, place)
}

const mentionsUnknown = (issue: SchemaIssue.Issue): boolean =>
  issue._tag === "Composite" && issue.issues.some((one) => one._tag === "Pointer" && one.issue._tag === "UnexpectedKey")

const unknownField = (
  ast: SchemaAST.AST,
  issue: SchemaIssue.Issue,
  place: Place
): ReadonlyArray<FieldFault> | null => {
  if (issue._tag !== "Pointer" || issue.issue._tag !== "UnexpectedKey") return null
  const at = issue.path.reduce<Place>(stepInto, place)
  const other = place.foreign?.get(String(issue.path.at(-1)))
  if (other !== undefined) return [fault(at, `goes with ${other} alone`)]
  return [fault(at, `unknown field${suggested(String(issue.path.at(-1)), fieldsOf(ast))}`)]
}

const fieldsOf = (ast: SchemaAST.AST): ReadonlyArray<string> =>
  SchemaAST.isObjects(ast) ? ast.propertySignatures.map(({ name }) => String(name)) : []

const suggested = (name: string, names: ReadonlyArray<string>): string => {
  const meant = closestWord(name, names)
  return meant === null ? names.length === 0 ? "" : `; known ones: ${names.join(", ")}` : `; did you mean ${meant}?`
}

const suggestion = (value: unknown, words: ReadonlyArray<string>): string => {
  const meant = typeof value === "string" ? closestWord(value, words) : null
  return meant === null ? "" : `; did you mean ${meant}?`
}

const foreignFields = (ast: SchemaAST.Union, discriminator: string): ReadonlyMap<string, string> =>
  new Map(ast.types.flatMap((member) =>
    fieldsOf(member).map((name): [string, string] => [
      name,
      `${discriminator} ${literalsOf(member, discriminator).join(", ")}`
    ])
  ))

const literalsOf = (ast: SchemaAST.AST, field: string): ReadonlyArray<string> =>
  !SchemaAST.isObjects(ast) ?
    [] :
    ast.propertySignatures.flatMap(({ name, type }) =>
      name === field && SchemaAST.isLiteral(type) ? [String(type.literal)] : []
    )

const choicesOf = (ast: SchemaAST.AST): ReadonlyArray<Choice> =>
  (ast.checks ?? []).flatMap((check) => asChoice(check.annotations?.[choiceAnnotation]) ?? [])

const chosen = (choice: Choice, place: Place): ReadonlyArray<FieldFault> => {
  const message = isObject(place.value) ? choiceFault(choice, place.value) : null
  return message === null ? [] : [fault(place, message)]
}

const asChoice = (annotation: unknown): Choice | null => isChoice(annotation) ? annotation : null

const isChoice = Schema.is(Schema.Struct({
  names: Schema.Array(Schema.String),
  count: Schema.Literals(["exactly one", "at least one", "at most one"])
}))

const confided = (ast: SchemaAST.AST, place: Place): Place =>
  SchemaAST.resolve(ast)?.[confidentialAnnotation] === true ? { ...place, isConfidential: true } : place

const stepInto = (place: Place, part: PropertyKey): Place => ({
  isConfidential: place.isConfidential,
  path: [...place.path, typeof part === "number" ? part : String(part)],
  value: isObject(place.value) && Object.hasOwn(place.value, part) ? Reflect.get(place.value, part) : undefined
})

const expectedType = (ast: SchemaAST.AST): string => {
  // The annotations of a text are those of its last check.
  if (SchemaAST.isString(ast)) return "a text"
  if (SchemaAST.isLiteral(ast)) return String(ast.literal)
  const expected = SchemaAST.resolve(ast)?.["expected"]
  if (typeof expected === "string") return expected
  return SchemaAST.isArrays(ast) ? "a list" : SchemaAST.isObjects(ast) ? "a map" : "another value"
}

const becauseOf = (expected: unknown): string => typeof expected === "string" ? `: ${expected}` : ""

const fault = ({ path }: Place, message: string): FieldFault => ({ path, message })

const mismatch = (place: Place, expected: string, remark = ""): FieldFault =>
  fault(place, `must be ${expected}, found ${found(place, expected)}${remark}`)

/** How many characters of a value a message shows. */
const longestFound = 60

const quoted = (text: string): string =>
  text.length > longestFound ? `${JSON.stringify(text.slice(0, longestFound))}…` : JSON.stringify(text)

const found = ({ isConfidential, value }: Place, expected: string): string => {
  if (value === null) return "nothing"
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : `a list of ${value.length}`
  if (isObject(value)) return Object.keys(value).length === 0 ? "an empty map" : "a map"
  if (typeof value === "string" && value === "") return "an empty text"
  if (isConfidential) return typeof value === "string" ? "a text that is not shown" : `a ${typeof value}`
  const short = typeof value === "string" ? quoted(value) : String(value)
  return expected === "a text" ? `${short}; quotes make it one` : short
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

/** Several rules of one field have one message, where a rule takes more than one check. */
const withoutRepetition = (faults: ReadonlyArray<FieldFault>): ReadonlyArray<FieldFault> => {
  const told = new Set<string>()
  return faults.filter(({ message, path }) => {
    const key = `${JSON.stringify(path)} ${message}`
    return told.has(key) ? false : told.add(key)
  })
}
