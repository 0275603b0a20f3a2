import { Layer } from "effect"
import { memoryProjectFilesLayer } from "./MemoryProjectFiles.ts"
import { memorySpecFilesLayer } from "./MemorySpecFiles.ts"
import { ScratchFolder } from "./ScratchFolder.ts"
import { specFilesContract } from "./SpecFilesContract.ts"

specFilesContract(
  "memory",
  Layer.mergeAll(
    Layer.provideMerge(memorySpecFilesLayer, memoryProjectFilesLayer({ "/scratch/.keep": "" })),
    Layer.succeed(ScratchFolder, { path: "/scratch/empty" })
  )
)
