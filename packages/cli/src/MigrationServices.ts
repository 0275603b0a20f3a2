import { Migrations } from "@slipway/core"
import { nodeMigrationsLayer } from "@slipway/node-adapters"
import { Context, Effect, Layer, type Scope } from "effect"

/** The service about files of CodeSweep. It is built only when a command needs it. */
export const migrationServices: Effect.Effect<Migrations["Service"], never, Scope.Scope> = Effect.map(
  Layer.build(nodeMigrationsLayer),
  (context) => Context.get(context, Migrations)
)
