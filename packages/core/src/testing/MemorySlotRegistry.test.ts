import { memorySlotRegistryLayer } from "./MemorySlotRegistry.ts"
import { slotRegistryContract } from "./SlotRegistryContract.ts"

slotRegistryContract("memory", memorySlotRegistryLayer())
