import type { HealthVerdict } from "@slipway/core"
import type { Style } from "./Style.ts"

/** How healthy a sandbox is, as `--json` shows it. */
export const healthData = (health: HealthVerdict) => health

/** How healthy a sandbox is, for people. */
export const healthText = (health: HealthVerdict, style: Style): string => style.green(health.verdict)
