import type { Container } from "./Containers.ts"
import type { ProbeAnswer } from "./HealthProbe.ts"

/**
 * How a sandbox came up. `ready`: its health endpoint answered with success, or its containers' own health checks
 * passed. `degraded`: it runs, but was not ready in time. `failed`: a container has ended, or none runs. `unchecked`: it
 * runs, and nothing says how one could tell more.
 */
export type HealthStatus = "ready" | "degraded" | "failed" | "unchecked"

/** A sandbox's health after its start. */
export interface HealthVerdict {
  readonly verdict: HealthStatus
  /** Milliseconds from the end of the start to the verdict. */
  readonly ms: number
  /** Why it is not ready, in one line; null when it is ready or unchecked. */
  readonly detail: string | null
  /** The last lines of the container that ended; empty for other verdicts. */
  readonly logs: ReadonlyArray<string>
}

/** What is seen of a starting sandbox at one moment. */
export interface HealthObservation {
  /** Milliseconds since the start ended. */
  readonly elapsed: number
  /** Milliseconds after which it is late. */
  readonly timeout: number
  /** What the health endpoint just said; null when none is configured. */
  readonly answer: ProbeAnswer | null
  /** All its containers, those that ended with their exit codes; null when the engine does not answer. */
  readonly containers: ReadonlyArray<Container> | null
}

/** What is to be done after a look: look again after some milliseconds, or give the verdict. */
export type HealthDecision =
  | { readonly _tag: "Wait"; readonly ms: number }
  | {
    readonly _tag: "Decided"
    readonly verdict: HealthStatus
    readonly detail: string | null
    /** The container that ended, whose last lines tell why. */
    readonly culprit: Container | null
  }

/** Milliseconds before the first look. */
export const firstHealthWait = 100

/** The longest wait between two looks in milliseconds: the seed's interval. */
export const longestHealthWait = 2000

/**
 * Milliseconds until the next look: a tenth of the time that has passed, from 100 ms to 2 s. Waiting is never more than a
 * tenth longer than the service needs, nor more than 100 ms for a fast one.
 */
export const healthWait = (elapsed: number): number =>
  Math.min(longestHealthWait, Math.max(firstHealthWait, Math.round(elapsed / 10)))

/**
 * Decides after a look. A container that ended with an exit code other than 0 ends the waiting at once, whatever the
 * endpoint says; one that ended with 0 has done its work, unless it was the last that ran.
 */
export const decideHealth = (seen: HealthObservation): HealthDecision => {
  const { answer, containers, elapsed, timeout } = seen
  const crashed = containers?.find(hasCrashed)
  if (crashed !== undefined) return decided("failed", describeCrash(crashed), crashed)
  if (answer?._tag === "Answered" && answer.status >= 200 && answer.status < 300) return decided("ready")
  const ended = containers !== null && containers.length > 0 && containers.every((one) => one.state === "exited")
  if (ended) return answer === null ? decided("unchecked") : decided("failed", "every container has ended")
  if (answer === null && containers !== null) {
    const checked = containers.filter((container) => container.health !== null && container.state !== "exited")
    if (checked.length === 0 && containers.every(isSettled)) return decided("unchecked")
    if (checked.length > 0 && checked.every(isHealthy) && containers.every(isSettled)) return decided("ready")
  }
  if (elapsed < timeout) return { _tag: "Wait", ms: Math.min(healthWait(elapsed), timeout - elapsed) }
  return late(seen)
}

/** What is told of a sandbox that is not up in time; `timeout` in seconds. */
export const healthWarnings = (verdict: HealthStatus, timeout: number): ReadonlyArray<string> =>
  verdict === "degraded" ? [`Health check timed out after ${timeout}s. Services may still be starting.`] : []

const decided = (
  verdict: HealthStatus,
  detail: string | null = null,
  culprit: Container | null = null
): HealthDecision => ({ _tag: "Decided", verdict, detail, culprit })

const hasCrashed = ({ exitCode, state }: Container): boolean =>
  state === "dead" || state === "exited" && exitCode !== null && exitCode !== 0

const describeCrash = ({ exitCode, name, service }: Container): string =>
  `${service === "" ? name : service} has ended${exitCode === null ? "" : ` with exit code ${exitCode}`}`

const isHealthy = ({ health, state }: Container): boolean => state === "running" && health === "healthy"

/** Whether a container runs, or has done its work. */
const isSettled = ({ state }: Container): boolean => state === "running" || state === "exited" || state === "paused"

const late = ({ answer, containers, timeout }: HealthObservation): HealthDecision => {
  const seconds = `${Math.round(timeout / 100) / 10} s`
  if (containers?.some((container) => container.state === "running") === false) {
    return decided("failed", `no container runs after ${seconds}`)
  }
  if (answer?._tag === "Answered") {
    return decided("degraded", `the health endpoint still answers ${answer.status} after ${seconds}`)
  }
  if (answer !== null) {
    return decided("degraded", `the health endpoint does not answer after ${seconds}: ${answer.reason}`)
  }
  const waiting = (containers ?? []).filter((container) => !isHealthy(container) && container.health !== null)
  return decided(
    "degraded",
    waiting.length === 0
      ? `not all containers run after ${seconds}`
      : `${waiting.map(({ health, service }) => `${service} is ${health}`).join(", ")} after ${seconds}`
  )
}
