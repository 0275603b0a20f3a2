import { taskRunnerContract } from "@slipway/core/testing"
import { Layer } from "effect"
import { processAgentSamplesLayer } from "../testing/RealAgentSamples.ts"
import { nodeHostLayer } from "./NodeHost.ts"
import { processTaskRunnerLayer } from "./ProcessTaskRunner.ts"
import { Subprocess } from "./Subprocess.ts"

const runnerLayer = processTaskRunnerLayer({ grace: "1 second" }).pipe(
  Layer.provide(Subprocess.layer),
  Layer.provide(nodeHostLayer({ variables: process.env }))
)

taskRunnerContract("process", Layer.merge(runnerLayer, processAgentSamplesLayer), { hasShell: true })
