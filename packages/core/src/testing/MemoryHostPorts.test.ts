import { hostPortsContract } from "./HostPortsContract.ts"
import { memoryHostPortsLayer } from "./MemoryHostPorts.ts"

hostPortsContract("memory", memoryHostPortsLayer())
