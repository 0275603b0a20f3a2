import { EngineUnavailable } from "@slipway/core"

/** A failed request to an engine, in words that say what can be done. */
export const engineFailure = (cause: unknown, address: string): EngineUnavailable => {
  if (cause instanceof EngineUnavailable) return cause
  const status = statusOf(cause)
  return status === null
    ? new EngineUnavailable({ reason: words(cause, address) })
    : new EngineUnavailable({ reason: answerOf(cause), refused: true })
}

/** The HTTP status that an engine refused a request with; null for every other failure. */
export const statusOf = (cause: unknown): number | null =>
  typeof cause === "object" && cause !== null && "statusCode" in cause && typeof cause.statusCode === "number"
    ? cause.statusCode
    : null

/** Whether a removal found nothing to remove, or another one at work. */
export const isSettled = (cause: unknown): boolean => {
  const status = statusOf(cause)
  return status === 404 || status === 304 || isInProgress(cause)
}

/** Whether another removal of the same thing is at work. */
export const isInProgress = (cause: unknown): boolean =>
  statusOf(cause) === 409 && /already in progress|is being removed/u.test(String(cause))

/** Whether the connection broke: one that was kept open breaks when an engine starts anew. */
export const isBroken = (cause: unknown): boolean => {
  const code = codeOf(cause)
  return code === "ECONNRESET" || code === "EPIPE"
}

const codeOf = (cause: unknown): unknown =>
  typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined

/** The engine's own message, without the frame of the client. */
const answerOf = (cause: unknown): string => {
  const json = typeof cause === "object" && cause !== null && "json" in cause ? cause.json : undefined
  if (typeof json === "object" && json !== null && "message" in json && typeof json.message === "string") {
    return json.message.trim()
  }
  return messageOf(cause).replace(/^\(HTTP code \d+\) /u, "").trim()
}

const messageOf = (cause: unknown): string =>
  cause instanceof Error && cause.message !== "" ? cause.message : String(cause)

const words = (cause: unknown, address: string): string => {
  switch (codeOf(cause)) {
    case "ENOENT":
      return `${address} does not exist`
    case "ECONNREFUSED":
      return `nothing answers at ${address}`
    case "EACCES":
    case "EPERM":
      return `permission denied for ${address}: add your user to the docker group`
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `${address}: there is no such host`
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "ETIMEDOUT":
      return `${address} cannot be reached`
    case "ECONNRESET":
    case "EPIPE":
    case "ERR_STREAM_PREMATURE_CLOSE":
      return `${address} closed the connection`
    default:
      return `${address}: ${messageOf(cause)}`
  }
}
