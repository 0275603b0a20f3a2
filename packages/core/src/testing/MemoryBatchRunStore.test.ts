import { batchRunStoreContract } from "./BatchRunStoreContract.ts"
import { memoryBatchRunStoreLayer } from "./MemoryBatchRunStore.ts"

batchRunStoreContract("memory", memoryBatchRunStoreLayer)
