import { Schema } from "effect"

/** `data` of `crd`. */
export const CrdSchema = Schema.Struct({
  documents: Schema.Array(
    Schema.Struct({
      apiVersion: Schema.Literal("apiextensions.k8s.io/v1"),
      kind: Schema.Literal("CustomResourceDefinition"),
      metadata: Schema.Struct({ name: Schema.String.annotate({ description: "Such as batches.kubetask.io" }) }),
      spec: Schema.Record(Schema.String, Schema.Json)
    })
  ).annotate({ description: "The CustomResourceDefinitions, as JSON" })
})
