import { Effect, Layer, Ref } from "effect"
import { featureLogContract, FeatureLogTexts } from "./FeatureLogContract.ts"
import { memoryFeatureLogLayer, MemoryFeatureLogs } from "./MemoryFeatureLog.ts"

const main = "/code/shop"
const pathOf = (feature: string) => `${main}/.ai/projects/${feature}/events.jsonl`

const textsLayer = Layer.effect(
  FeatureLogTexts,
  Effect.map(MemoryFeatureLogs, (logs) =>
    FeatureLogTexts.of({
      main,
      read: (feature) => Effect.map(Ref.get(logs), (texts) => texts.get(pathOf(feature)) ?? null),
      write: (feature, text) => Ref.update(logs, (texts) => new Map([...texts, [pathOf(feature), text]]))
    }))
)

featureLogContract("memory", Layer.provideMerge(textsLayer, memoryFeatureLogLayer()))
