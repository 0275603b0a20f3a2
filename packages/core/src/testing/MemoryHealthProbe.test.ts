import { healthProbeContract } from "./HealthProbeContract.ts"
import { memoryHealthProbeLayer } from "./MemoryHealthProbe.ts"

healthProbeContract("memory", memoryHealthProbeLayer)
