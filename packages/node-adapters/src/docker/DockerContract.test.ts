import { composeContract, containersContract } from "@slipway/core/testing"
import { Layer } from "effect"
import { realComposeSamplesLayer } from "../testing/RealComposeSamples.ts"
import { realDockerLayer } from "../testing/RealDocker.ts"
import { skipsEngine } from "../testing/RealEngine.ts"

const layer = Layer.merge(realDockerLayer(), realComposeSamplesLayer)

composeContract("docker", layer, { skip: skipsEngine, timeout: 180_000 })
containersContract("docker", layer, { skip: skipsEngine, timeout: 180_000 })
