import { Layer } from "effect"
import { batchSourcesContract } from "./BatchSourcesContract.ts"
import { memoryBatchSourcesLayer } from "./MemoryBatchSources.ts"
import { ScratchFolder } from "./ScratchFolder.ts"

const path = "/code/shop"

batchSourcesContract("memory", ({ files, stdin }) =>
  Layer.merge(
    memoryBatchSourcesLayer({
      files: Object.fromEntries(Object.entries(files).map(([name, text]) => [`${path}/${name}`, text])),
      stdin
    }),
    Layer.succeed(ScratchFolder, ScratchFolder.of({ path }))
  ))
