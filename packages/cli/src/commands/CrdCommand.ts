import { Effect } from "effect"
import { command } from "../parser/CommandDefinition.ts"

/** `slipway crd`. */
export const crdCommand = command({
  name: "crd",
  summary: "Print what makes a Kubernetes cluster take batches, runs, tasks and workspace configurations",
  examples: [
    { command: "slipway crd | kubectl apply -f -", description: "On a cluster, once" },
    {
      command: "slipway crd | kubectl apply --validate=false -f -",
      description: "Where kubectl knows no x-kubernetes-validations: Kubernetes before 1.23"
    }
  ],
  parameters: {},
  run: () => Effect.flatMap(Effect.promise(() => import("./PerformCrd.ts")), ({ performCrd }) => performCrd())
})
