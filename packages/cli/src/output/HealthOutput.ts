import type { HealthVerdict } from "@slipway/core"
import { durationText } from "./Durations.ts"
import { present } from "./Envelope.ts"
import type { Style } from "./Style.ts"

/** How healthy a sandbox is, as `--json` shows it. */
export const healthData = ({ detail, logs, ms, verdict }: HealthVerdict) =>
  present({ verdict, ms, detail: detail ?? undefined, logs })

/** How healthy a sandbox is, for people. */
export const healthText = ({ detail, logs, ms, verdict }: HealthVerdict, style: Style): string => {
  const why = detail === null ? "" : `: ${detail}`
  switch (verdict) {
    case "ready":
      return `${style.green("ready")} after ${durationText(ms)}`
    case "unchecked":
      return style.dim(`not checked${why}`)
    case "degraded":
      return [`${style.yellow("degraded")} after ${durationText(ms)}${why}`, ...logs.map(logLine)].join("\n")
    case "failed":
      return [`${style.red("failed")} after ${durationText(ms)}${why}`, ...logs.map(logLine)].join("\n")
  }
}

const logLine = (line: string): string => `      | ${line}`
