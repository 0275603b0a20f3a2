/** Writes `dist/static-answers.json`: what `slipway` answers without loading the rest of itself. */
import { Effect } from "effect"
import { writeFileSync } from "node:fs"
import { renderStaticAnswers } from "../src/RenderStaticAnswers.ts"

const answers = await Effect.runPromise(renderStaticAnswers)
writeFileSync(new URL("../dist/static-answers.json", import.meta.url), JSON.stringify(answers))
