/** Beside what shows a status as text, so that only `--yaml` loads what writes YAML. */
export { batchRunYaml } from "@slipway/core"
