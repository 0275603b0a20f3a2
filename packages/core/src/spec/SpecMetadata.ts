import { Predicate, Result, Schema } from "effect"
import { isSpecFormat, type SpecFormat } from "./SpecFormat.ts"

/** Name of the file that describes a project, in its folder. */
export const metadataFile = "metadata.json"

const AnyRecord = Schema.Record(Schema.String, Schema.Unknown)
const Texts = Schema.Array(Schema.String)

/**
 * `metadata.json` as it stands in a project's folder, with the names of the shared contract. Fields that are not known
 * are kept. Without `format` the project belongs to no tool. The helper script of the contract writes `tools` in place
 * of `format`, `artifacts` and `status`; that is read as well.
 */
export const SpecMetadataFile = Schema.StructWithRest(
  Schema.Struct({
    name: Schema.optionalKey(Schema.String),
    displayName: Schema.optionalKey(Schema.String),
    created: Schema.optionalKey(Schema.String),
    updated: Schema.optionalKey(Schema.String),
    format: Schema.optionalKey(Schema.Literals(["kiro", "codev"])),
    artifacts: Schema.optionalKey(Texts),
    status: Schema.optionalKey(Schema.String),
    codevNumber: Schema.optionalKey(Schema.String.check(Schema.isPattern(/^\d{4,9}$/u))),
    tags: Schema.optionalKey(Texts),
    repository: Schema.optionalKey(Schema.String),
    description: Schema.optionalKey(Schema.String),
    tools: Schema.optionalKey(Schema.Record(Schema.String, AnyRecord))
  }),
  [AnyRecord]
)

/** What is known of a project. */
export interface SpecMetadata {
  /** As the file says; it should be the folder's name. */
  readonly name: string
  readonly displayName: string
  /** ISO 8601 in UTC; empty when it is not known. */
  readonly created: string
  /** ISO 8601 in UTC; empty when it is not known. */
  readonly updated: string
  /** Null for a project that belongs to no tool. */
  readonly format: SpecFormat | null
  /** Names of the artifacts that are there. */
  readonly artifacts: ReadonlyArray<string>
  /** Such as `new`, `in-progress`, `complete`, or the phase of a feature. */
  readonly status: string
  /** Such as `0001`; null for a project without one. */
  readonly codevNumber: string | null
  readonly tags: ReadonlyArray<string>
  readonly repository: string | null
  readonly description: string | null
  /** The whole document as it was read: what is not known here is written back as it was. */
  readonly document: Readonly<Record<string, unknown>>
}

/** The status of a project in which nothing was written yet. */
export const newStatus = "new"

const decodeJson = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Unknown))
const decodeFile = Schema.decodeUnknownResult(SpecMetadataFile)

/**
 * Reads `metadata.json` of the project of a name; the reason when it cannot be read.
 *
 * @example
 * decodeSpecMetadata("auth", "{\"name\":\"auth\",\"format\":\"kiro\"}") // Result.succeed({ name: "auth", format: "kiro", … })
 */
export const decodeSpecMetadata = (folder: string, text: string): Result.Result<SpecMetadata, string> => {
  const json = decodeJson(text.startsWith("\uFEFF") ? text.slice(1) : text)
  if (Result.isFailure(json)) return Result.fail("it is not JSON")
  const decoded = decodeFile(json.success)
  if (Result.isFailure(decoded)) return Result.fail(decoded.failure.message)
  const file = decoded.success
  const tool = toolOf(file.tools)
  const name = file.name ?? folder
  return Result.succeed({
    name,
    displayName: file.displayName ?? titleFromName(name),
    created: file.created ?? "",
    updated: file.updated ?? "",
    format: file.format ?? tool?.format ?? null,
    artifacts: file.artifacts ?? tool?.artifacts ?? [],
    status: file.status ?? tool?.status ?? newStatus,
    codevNumber: file.codevNumber ?? null,
    tags: file.tags ?? [],
    repository: file.repository ?? null,
    description: file.description ?? null,
    // As it was parsed: decoding makes an object anew, and not every key survives that.
    document: Predicate.isObject(json.success) ? Object.fromEntries(Object.entries(json.success)) : {}
  })
}

/** The one tool that the helper script's shape speaks of: the first that is not switched off. */
const toolOf = (tools: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined) => {
  const [format, tool] =
    Object.entries(tools ?? {}).find(([name, each]) => isSpecFormat(name) && each["enabled"] !== false) ?? []
  if (!isSpecFormat(format) || tool === undefined) return null
  const { artifacts, status } = tool
  return {
    format,
    artifacts: Array.isArray(artifacts) ? artifacts.filter((each) => Predicate.isString(each)) : [],
    status: Predicate.isString(status) ? status : newStatus
  }
}

/** What {@link encodeSpecMetadata} writes; a field that is null is not written. */
export type SpecMetadataFields = Omit<SpecMetadata, "document">

/**
 * The text of `metadata.json` with these fields, those of the document that are not known in their old places. In the
 * helper script's shape the entry of the tool is brought up to date too.
 */
export const encodeSpecMetadata = (
  fields: SpecMetadataFields,
  document: Readonly<Record<string, unknown>> = {}
): string => {
  const known = Object.entries(orderedFields(fields))
  const written = new Map(Object.entries(document))
  for (const [field, value] of known) {
    if (value === null) written.delete(field)
    else written.set(field, value)
  }
  const tools = written.get("tools")
  if (fields.format !== null && Predicate.isObject(tools)) {
    written.set("tools", withTool(new Map(Object.entries(tools)), fields.format, fields))
  }
  return `${JSON.stringify(Object.fromEntries(written), null, 2)}\n`
}

/** In the order in which the contract shows them. */
const orderedFields = (fields: SpecMetadataFields): SpecMetadataFields => ({
  name: fields.name,
  displayName: fields.displayName,
  created: fields.created,
  updated: fields.updated,
  format: fields.format,
  artifacts: fields.artifacts,
  status: fields.status,
  codevNumber: fields.codevNumber,
  tags: fields.tags,
  repository: fields.repository,
  description: fields.description
})

const withTool = (
  tools: Map<string, unknown>,
  format: SpecFormat,
  { artifacts, status }: SpecMetadataFields
): Readonly<Record<string, unknown>> => {
  const tool = tools.get(format)
  if (Predicate.isObject(tool)) tools.set(format, { ...tool, artifacts, status })
  return Object.fromEntries(tools)
}

/**
 * A name as people would write it.
 *
 * @example
 * titleFromName("simple-xml_response") // "Simple Xml Response"
 */
export const titleFromName = (name: string): string =>
  name.split(/[-_.]+/u).filter((word) => word !== "")
    .map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`).join(" ")

/** A title on one line, without white space around it. */
export const oneLine = (text: string): string => text.replaceAll(/[\s\p{Cc}]+/gu, " ").trim()

/** Headings with which tools begin every file of a kind: they tell nothing of the project. */
const commonHeading =
  /^(?:requirements?(?: document)?|design(?: document)?|implementation plan|specification|spec|plan|tasks)(?: \d+)?(?:\s*[:–—-]\s*(.*))?$/iu

/**
 * The title that a project's text gives it: its first `# ` heading, without words that every such text begins with;
 * null when that tells nothing.
 *
 * @example
 * titleOfText("# Specification: XML adapter\n") // "XML adapter"
 * titleOfText("# Requirements Document\n") // null
 */
export const titleOfText = (text: string): string | null => {
  const line = /^(?:\uFEFF)?#[ \t]+([^\r\n]*)/mu.exec(text)?.[1]
  if (line === undefined) return null
  const heading = oneLine(line).replace(/^\d{4,9}[:.]? /u, "")
  const common = commonHeading.exec(heading)
  const title = common === null ? heading : common[1]?.trim() ?? ""
  return title === "" ? null : title
}
