import { Schema } from "effect"

/** A published port of a resolved service. */
export const ComposePort = Schema.Struct({
  target: Schema.Int,
  /** One port or a range `8000-8010`; absent for an ephemeral one. */
  published: Schema.optionalKey(Schema.String),
  host_ip: Schema.optionalKey(Schema.String),
  protocol: Schema.optionalKey(Schema.String),
  mode: Schema.optionalKey(Schema.String),
  name: Schema.optionalKey(Schema.String),
  app_protocol: Schema.optionalKey(Schema.String)
})
export interface ComposePort extends Schema.Schema.Type<typeof ComposePort> {}

/** A mount of a resolved service. */
export const ComposeMount = Schema.Struct({
  type: Schema.String,
  /** An absolute path for `bind`, a key of `volumes` for `volume`; absent for anonymous ones. */
  source: Schema.optionalKey(Schema.String),
  target: Schema.optionalKey(Schema.String)
})
export interface ComposeMount extends Schema.Schema.Type<typeof ComposeMount> {}

/** The parts of a resolved service that Slipway looks at. */
export const ComposeService = Schema.Struct({
  image: Schema.optionalKey(Schema.String),
  build: Schema.optionalKey(Schema.Unknown),
  container_name: Schema.optionalKey(Schema.String),
  network_mode: Schema.optionalKey(Schema.String),
  networks: Schema.optionalKey(Schema.NullOr(Schema.Record(Schema.String, Schema.Unknown))),
  ports: Schema.optionalKey(Schema.Array(ComposePort)),
  environment: Schema.optionalKey(Schema.NullOr(Schema.Record(Schema.String, Schema.NullOr(Schema.String)))),
  profiles: Schema.optionalKey(Schema.Array(Schema.String)),
  scale: Schema.optionalKey(Schema.Int),
  deploy: Schema.optionalKey(
    Schema.NullOr(Schema.Struct({ replicas: Schema.optionalKey(Schema.NullOr(Schema.Int)) }))
  ),
  volumes: Schema.optionalKey(Schema.Array(ComposeMount)),
  depends_on: Schema.optionalKey(Schema.NullOr(Schema.Record(Schema.String, Schema.Unknown)))
})
export interface ComposeService extends Schema.Schema.Type<typeof ComposeService> {}

/** A named volume or network of a resolved model. */
export const ComposeResource = Schema.Struct({
  name: Schema.optionalKey(Schema.String),
  external: Schema.optionalKey(Schema.Union([Schema.Boolean, Schema.Unknown])),
  driver: Schema.optionalKey(Schema.String),
  /** Of networks: address ranges. */
  ipam: Schema.optionalKey(Schema.Unknown)
})
export interface ComposeResource extends Schema.Schema.Type<typeof ComposeResource> {}

/**
 * The model that `docker compose config --format json` prints: everything interpolated, every path absolute. Unknown
 * keys are not decoded; `raw` holds the whole document.
 */
export const ComposeDocument = Schema.Struct({
  name: Schema.optionalKey(Schema.String),
  services: Schema.Record(Schema.String, ComposeService),
  volumes: Schema.optionalKey(Schema.Record(Schema.String, Schema.NullOr(ComposeResource))),
  networks: Schema.optionalKey(Schema.Record(Schema.String, Schema.NullOr(ComposeResource)))
})
export interface ComposeDocument extends Schema.Schema.Type<typeof ComposeDocument> {}

/** A resolved compose model. */
export interface ComposeModel {
  readonly document: ComposeDocument
  /** The whole model as JSON text, to be kept for teardown. */
  readonly json: string
  /** What Compose remarked, such as a variable that is not set. */
  readonly warnings: ReadonlyArray<string>
}
