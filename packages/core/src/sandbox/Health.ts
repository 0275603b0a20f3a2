import { defaultHealthTimeout } from "../project/InfraSchema.ts"
import type { Container } from "./Containers.ts"
import type { ProbeAnswer } from "./HealthProbe.ts"

/**
 * Whether a started sandbox is healthy: `ready`; `degraded` when it runs but did not say so in time; `failed` when a
 * container ended; `unchecked` when there is nothing to ask.
 */
export interface HealthVerdict {
  readonly verdict: "ready" | "degraded" | "failed" | "unchecked"
  /** Milliseconds from the start of the check to the verdict. */
  readonly ms: number
  /** What was seen, for all but `ready`. */
  readonly detail: string | null
  /** The last output of what failed. */
  readonly logs: ReadonlyArray<string>
}

/** The endpoint that a sandbox is asked at. */
export interface HealthEndpoint {
  readonly url: string
  /** Seconds. */
  readonly timeout: number
}

/** What was seen at one moment of the check. */
export interface HealthObservation {
  /** Milliseconds since the start of the check. */
  readonly elapsed: number
  /** Null without an endpoint. */
  readonly answer: ProbeAnswer | null
  readonly containers: ReadonlyArray<Container>
}

/** What follows from it: ask again after some milliseconds, or a verdict. */
export type HealthDecision =
  | { readonly _tag: "Wait"; readonly ms: number }
  | {
    readonly _tag: "Verdict"
    readonly verdict: HealthVerdict["verdict"]
    readonly detail: string | null
    /** The container whose output tells why. */
    readonly culprit: Container | null
  }

/** The first question comes after this many milliseconds, the later ones at twice the distance, up to the seed's two seconds. */
export const healthBackoff = { first: 100, longest: 2000 } as const

/** The milliseconds before question number `attempt`, the first being 1. */
export const probeDelay = (attempt: number): number =>
  Math.min(healthBackoff.first * 2 ** Math.min(Math.max(attempt - 1, 0), 16), healthBackoff.longest)

/** Decides from what was seen. Pure and total. */
export const decideHealth = (
  seen: HealthObservation,
  endpoint: HealthEndpoint | null,
  attempt: number
): HealthDecision => {
  const ended = seen.containers.find(hasFailed)
  if (ended !== undefined) {
    const name = ended.service === "" ? ended.name : ended.service
    return verdict("failed", `${name} ended with exit code ${ended.exitCode ?? "unknown"}`, ended)
  }
  if (endpoint === null) return decideByContainers(seen, attempt)
  if (seen.answer?._tag === "Answered" && seen.answer.status >= 200 && seen.answer.status < 300) {
    return verdict("ready", null)
  }
  const limit = endpoint.timeout * 1000
  if (seen.elapsed >= limit) {
    const last = seen.answer === null ? "" : `; last answer: ${describeAnswer(seen.answer)}`
    return verdict(
      "degraded",
      `Health check timed out after ${endpoint.timeout}s. Services may still be starting${last}`
    )
  }
  return { _tag: "Wait", ms: Math.max(1, Math.min(probeDelay(attempt + 1), limit - seen.elapsed)) }
}

/** Without an endpoint, the health checks of the containers themselves count, where there are any. */
const decideByContainers = (seen: HealthObservation, attempt: number): HealthDecision => {
  const checked = seen.containers.filter((container) => container.health !== null)
  if (checked.length === 0) return verdict("unchecked", "no health endpoint is configured")
  const unhealthy = checked.find((container) => container.health === "unhealthy")
  if (unhealthy !== undefined) return verdict("degraded", `${unhealthy.service} is unhealthy`, unhealthy)
  if (checked.every((container) => container.health === "healthy")) return verdict("ready", null)
  const limit = defaultHealthTimeout * 1000
  if (seen.elapsed >= limit) {
    return verdict("degraded", `Health check timed out after ${defaultHealthTimeout}s. Services may still be starting`)
  }
  return { _tag: "Wait", ms: Math.max(1, Math.min(probeDelay(attempt + 1), limit - seen.elapsed)) }
}

/** A container that ended well has done its job: a migration, say. */
const hasFailed = (container: Container): boolean =>
  container.state === "dead" || (container.state === "exited" && container.exitCode !== null && container.exitCode !== 0)

const describeAnswer = (answer: ProbeAnswer): string =>
  answer._tag === "Answered" ? `HTTP ${answer.status}` : answer.reason

const verdict = (
  named: HealthVerdict["verdict"],
  detail: string | null,
  culprit: Container | null = null
): HealthDecision => ({ _tag: "Verdict", verdict: named, detail, culprit })
