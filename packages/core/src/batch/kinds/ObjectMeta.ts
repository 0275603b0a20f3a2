import { Schema } from "effect"
import { atMost, choosing, entriesThat, matching, refusing, textLike } from "./SchemaRules.ts"

/** The API group and version of all kinds. */
export const batchApiVersion = "kubetask.io/v1alpha1"

/** The namespace of what names none. */
export const defaultNamespace = "default"

/** The longest name of a run or a task: `-task-999` follows that of a run, and a label takes 63 characters. */
export const longestRunName = 54

/** The longest DNS label. */
export const longestLabel = 63

/** The longest DNS subdomain. */
export const longestSubdomain = 253

/** How many letters follow on `generateName`. */
const generatedLetters = 5

/** A DNS label: how runs, tasks and what they are made of are named (RFC 1123). */
export const dnsLabelPattern = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/u

/** A DNS subdomain: how ConfigMaps, Secrets and WorkspaceConfigs are named (RFC 1123). */
export const dnsSubdomainPattern = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/u

/** A key of a ConfigMap or a Secret. */
export const dataKeyPattern = /^[-._a-zA-Z0-9]+$/u

const labelRule = "of lower-case letters, digits and -, beginning and ending with a letter or digit"
const subdomainRule = "of lower-case letters, digits, - and ., each part beginning and ending with a letter or digit"

const sampleName = /^[a-z][a-z0-9]{0,8}(?:-[a-z0-9]{1,6})?$/u

/** The name of an object that is a DNS label, of at most so many characters. */
export const labelName = (longest: number) =>
  Schema.String.check(atMost(longest), matching(dnsLabelPattern, labelRule, { sample: sampleName }))

/** The name of an object that is a DNS subdomain. */
export const SubdomainName = Schema.String.check(
  atMost(longestSubdomain),
  matching(dnsSubdomainPattern, subdomainRule, { sample: sampleName })
)

/** A key of a ConfigMap or a Secret. */
export const DataKey = Schema.String.check(
  atMost(longestSubdomain),
  matching(dataKeyPattern, "of letters, digits, -, _ and .", { sample: /^[a-z]{1,8}(?:\.[a-z]{1,4})?$/u }),
  refusing(/^\.(?:\.|$)/u, "no . and nothing that begins with ..")
)

const isDataKey = Schema.is(DataKey)

/** What is wrong with a key of a ConfigMap or a Secret; null when nothing is. */
export const dataKeyFault = (key: string): string | null =>
  isDataKey(key)
    ? null
    : `the key must be of at most ${longestSubdomain} letters, digits, -, _ and ., and not begin with ..`

const labelKeyPattern =
  /^(?:[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9](?:[-_.A-Za-z0-9]*[A-Za-z0-9])?$/u

const labelValuePattern = /^(?:[A-Za-z0-9](?:[-_.A-Za-z0-9]*[A-Za-z0-9])?)?$/u

/** What is wrong with the key of a label or an annotation; null when nothing is. */
export const labelKeyFault = (key: string): string | null => {
  const slash = key.indexOf("/")
  const isShort = key.length - slash - 1 <= longestLabel && slash <= longestSubdomain
  return isShort && labelKeyPattern.test(key)
    ? null
    : "the key must be a name of at most 63 letters, digits, -, _ and ., which a domain and / may come before"
}

/** What is wrong with a label; null when nothing is. */
export const labelFault = (key: string, value: string): string | null =>
  labelKeyFault(key) ?? (value.length <= longestLabel && labelValuePattern.test(value)
    ? null
    : "must be empty, or at most 63 letters, digits, -, _ and ., beginning and ending with a letter or digit")

/** A key of a label, for arbitraries. */
export const LabelKeyText = textLike(/^(?:[a-z]{1,6}\.io\/)?[a-z]{1,8}$/u)

const textsRule = "a map of texts"

/** Labels, as `metadata.labels` and node selectors hold them. */
export const Labels = Schema.Record(LabelKeyText, textLike(/^[a-z0-9]{0,8}$/u)).check(entriesThat(labelFault, "labels"))
  .annotate({ expected: textsRule })

const Annotations = Schema.Record(LabelKeyText, Schema.String).check(entriesThat(labelKeyFault, "annotations"))
  .annotate({
    expected: textsRule
  })

/** The metadata of objects whose name keeps `Name`, and what their generated names begin with is so long at most. */
const metadata = <N extends Schema.Codec<string>>(Name: N, longestName: number) =>
  Schema.Struct({
    name: Schema.optionalKey(Name),
    generateName: Schema.optionalKey(Schema.String.check(
      atMost(longestName - generatedLetters),
      matching(/^[a-z0-9][-a-z0-9]*$/u, "of lower-case letters, digits and -, beginning with a letter or digit", {
        sample: /^[a-z]{1,8}-$/u
      })
    )),
    namespace: Schema.optionalKey(labelName(longestLabel)),
    labels: Schema.optionalKey(Labels),
    annotations: Schema.optionalKey(Annotations)
  }).check(choosing({ names: ["name", "generateName"], count: "at least one" }))

/** What Slipway reads of an object's metadata; a cluster's own fields are let through. */
export const ObjectMeta = metadata(SubdomainName, longestSubdomain)
export interface ObjectMeta extends Schema.Schema.Type<typeof ObjectMeta> {}

/** The metadata of a Batch or a Task that stands alone: labels bear the name. */
export const LabelMeta = metadata(labelName(longestLabel), longestLabel)

/** The metadata of a BatchRun. */
export const RunMeta = metadata(labelName(longestRunName), longestRunName)

/** What a cluster adds to an object's metadata; nothing of it means anything here. */
export const clusterMetadata: ReadonlyArray<string> = [
  "clusterName",
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "finalizers",
  "generation",
  "managedFields",
  "ownerReferences",
  "resourceVersion",
  "selfLink",
  "uid"
]
