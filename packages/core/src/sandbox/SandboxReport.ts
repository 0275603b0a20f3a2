import type { HealthVerdict } from "./Health.ts"

/** A port of a sandbox, where one opens it. */
export interface SandboxUrl {
  /** The variable of `[sandbox.ports]`. */
  readonly variable: string
  readonly port: number
  /** `http://localhost:<port>`. */
  readonly url: string
}

/** One service of a sandbox as the engine tells it. */
export interface ServiceReport {
  readonly service: string
  readonly state: string
  readonly health: "starting" | "healthy" | "unhealthy" | null
  /** Host ports, also ephemeral ones. */
  readonly ports: ReadonlyArray<{ readonly host: number; readonly container: number; readonly protocol: string }>
}

/** A started sandbox. */
export interface SandboxReport {
  readonly composeProject: string
  readonly urls: ReadonlyArray<SandboxUrl>
  readonly health: HealthVerdict
  readonly services: ReadonlyArray<ServiceReport>
  readonly warnings: ReadonlyArray<string>
}
