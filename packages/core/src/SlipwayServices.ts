import { Layer } from "effect"
import { Features } from "./feature/Features.ts"
import { featureWorktreesLayer } from "./feature/FeatureWorktrees.ts"
import { Operations } from "./operation/Operations.ts"
import { Projects } from "./project/Project.ts"
import { Doctor } from "./sandbox/Doctor.ts"
import { Done } from "./sandbox/Done.ts"
import { HealthGate } from "./sandbox/HealthGate.ts"
import { Impl } from "./sandbox/Impl.ts"
import { Inits } from "./sandbox/Inits.ts"
import { Inventory } from "./sandbox/Inventory.ts"
import { Overview } from "./sandbox/Overview.ts"
import { Provisioning } from "./sandbox/Provisioning.ts"
import { Sandboxes } from "./sandbox/Sandboxes.ts"
import { SandboxLauncher } from "./sandbox/SandboxLauncher.ts"
import { Teardown } from "./sandbox/Teardown.ts"
import { Slots } from "./slot/Slots.ts"
import { SpecProjects } from "./spec/SpecProjects.ts"
import { Audit } from "./worktree/Audit.ts"

/** The services that a program works with. */
export type SlipwayServices =
  | Audit
  | Doctor
  | Done
  | Features
  | Impl
  | Inits
  | Operations
  | Overview
  | Sandboxes
  | SpecProjects

/**
 * All services of this package over any adapters: those of `@slipway/node-adapters`, those in memory of
 * `@slipway/core/testing`, or a program's own.
 */
export const slipwayServicesLayer = Layer.mergeAll(
  Audit.layer,
  Doctor.layer,
  Done.layer,
  Impl.layer,
  Inits.layer,
  Overview.layer,
  Sandboxes.layer
).pipe(
  Layer.provideMerge(featureWorktreesLayer),
  Layer.provideMerge(Features.layer),
  Layer.provideMerge(SpecProjects.layer),
  Layer.provideMerge(SandboxLauncher.layer),
  Layer.provideMerge(Layer.mergeAll(HealthGate.layer, Inventory.layer, Teardown.layer)),
  Layer.provideMerge(Layer.mergeAll(Operations.layer, Provisioning.layer, Slots.layer)),
  Layer.provideMerge(Projects.layer)
)
