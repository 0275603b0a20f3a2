import { Layer } from "effect"
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

/** The services for worktrees and their sandboxes. */
export type SandboxServices = Doctor | Done | Impl | Inits | Operations | Overview | Sandboxes

/**
 * The services for worktrees and their sandboxes, over any adapters. Of features they know only who records worktrees
 * for them, `WorktreeRecorder`: nobody, unless it is provided.
 */
export const sandboxServicesLayer = Layer.mergeAll(
  Doctor.layer,
  Done.layer,
  Impl.layer,
  Inits.layer,
  Overview.layer,
  Sandboxes.layer
).pipe(
  Layer.provideMerge(SandboxLauncher.layer),
  Layer.provideMerge(Layer.mergeAll(HealthGate.layer, Inventory.layer, Teardown.layer)),
  Layer.provideMerge(Layer.mergeAll(Operations.layer, Provisioning.layer, Slots.layer)),
  Layer.provideMerge(Projects.layer)
)
