import { WorkspaceFailed } from "@slipway/core"
import type { SubprocessResult } from "../process/Subprocess.ts"
import { gitWords } from "./GitOutput.ts"

const networkTrouble = [
  /could not resolve host/iu,
  /(?:temporary failure|failure) in name resolution/iu,
  /(?:operation|connection) timed out|timeout was reached|did not end within/iu,
  /connection (?:reset|refused|was closed|closed by)|broken pipe|failed to connect|couldn't connect/iu,
  /network is unreachable|no route to host/iu,
  /early EOF|unexpected disconnect|the remote end hung up unexpectedly|transfer closed|RPC failed/iu,
  /requested URL returned error: (?:5\d\d|429|408)/iu,
  /HTTP\/2 stream .* was not closed cleanly|gnutls_handshake|SSL_read|SSL_ERROR_SYSCALL|recv failure|send failure/iu
]

const refusal =
  /authentication failed|permission denied|access denied|could not read (?:username|password)|repository not found|does not appear to be a git repository|does not exist|not found|host key verification failed|returned error: 40[134]|certificate/iu

/**
 * Whether git failed because of the network or the other machine's condition, so that the same may go well later: no answer, a
 * connection that broke, an error of the server. A refusal is none, though ssh then also says that the other end hung up.
 */
export const isNetworkTrouble = (stderr: string): boolean => {
  // A name that no server knows is told with "could not resolve host", never with "not found".
  if (refusal.test(stderr) && !/returned error: (?:5\d\d|429|408)/iu.test(stderr)) return false
  return networkTrouble.some((pattern) => pattern.test(stderr))
}

/** Lines of stderr that tell nothing of why. */
const boilerplate = /^(?:Please make sure you have the correct access rights|and the repository exists\.|remote: *)$/u

/** With whose credentials git tried to get in. */
export interface RemoteEntry {
  /** Whether it was given any, by a Secret or in the URL; else the user's own git configuration counts. */
  readonly hasCredentials: boolean
  /** The Secret that they are from; null when they are from none. */
  readonly secret: string | null
}

/** Git, or the server, says that nobody gets in like that. */
const refusedEntry =
  /authentication failed|could not read (?:username|password)|returned error: 40[13]|permission denied \([-a-z,]*(?:publickey|password)/iu

/** Why credentials did not do, and what would; null when it is not because of them. */
const entryWords = (stderr: string, { hasCredentials, secret }: RemoteEntry): string | null => {
  if (!refusedEntry.test(stderr)) return null
  if (secret !== null) return `the repository refused the credentials of the Secret ${JSON.stringify(secret)}`
  if (hasCredentials) return "the repository refused the credentials in its URL"
  return /could not read (?:username|password)/iu.test(stderr)
    ? "the repository needs credentials and none are given: name a Secret in secretRef"
    : "the repository refused your own credentials: name a Secret in secretRef"
}

/** The failure that a result of a git that talked to a remote tells of: what it means, and git's words. */
export const remoteFailure = (url: string, result: SubprocessResult, entry: RemoteEntry): WorkspaceFailed => {
  const words = gitWords(result.stderr).split("\n").filter((line) => !boilerplate.test(line)).join("; ")
  const why = entryWords(result.stderr, entry)
  const said = words === "" ? `git ended with exit code ${result.exitCode}` : words
  return new WorkspaceFailed({
    reason: "RepositoryUnavailable",
    message: `${url}: ${why === null ? said : `${why} (${said})`}`,
    transient: result.timedOut || isNetworkTrouble(result.stderr)
  })
}
