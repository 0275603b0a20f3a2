import { Layer } from "effect"
import { Features } from "./feature/Features.ts"
import { featureWorktreesLayer } from "./feature/FeatureWorktrees.ts"
import { Operations } from "./operation/Operations.ts"
import { Projects } from "./project/Project.ts"
import { type SandboxServices, sandboxServicesLayer } from "./SandboxServices.ts"
import { SpecProjects } from "./spec/SpecProjects.ts"
import { Audit } from "./worktree/Audit.ts"

/** The services that a program works with. */
export type SlipwayServices = Audit | Features | SandboxServices | SpecProjects

/**
 * All services of this package but `Batches`, which `batchesLayer` gives, over any adapters: those of
 * `@slipway/node-adapters`, those in memory of `@slipway/core/testing`, or a program's own.
 */
export const slipwayServicesLayer = Layer.merge(sandboxServicesLayer, Audit.layer).pipe(
  Layer.provideMerge(featureWorktreesLayer),
  Layer.provideMerge(Features.layer),
  Layer.provideMerge(SpecProjects.layer),
  Layer.provideMerge(Layer.merge(Operations.layer, Projects.layer))
)
