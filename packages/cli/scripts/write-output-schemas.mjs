/** Writes `docs/reference/json/`: the JSON Schema of what each command prints with `--json`. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { outputJsonSchemas } from "../src/schemas/OutputSchemas.ts"

const folder = new URL("../../../docs/reference/json/", import.meta.url)
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
for (const [file, schema] of Object.entries(outputJsonSchemas())) {
  writeFileSync(new URL(file, folder), `${JSON.stringify(schema, null, 2)}\n`)
}
