/** Writes `dist/static-answers.json`: what `slipway` answers without loading the rest of itself. */
import { writeFileSync } from "node:fs"
import { renderStaticAnswers } from "../src/RenderStaticAnswers.ts"

writeFileSync(new URL("../dist/static-answers.json", import.meta.url), JSON.stringify(renderStaticAnswers()))
