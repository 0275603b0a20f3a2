import type { GitCredentials } from "@slipway/core"

/** A repository's URL, apart from the credentials that somebody wrote into it. */
export interface RemoteUrl {
  readonly url: string
  readonly credentials: GitCredentials | null
}

const webUrl = /^(https?:\/\/)([^/?#@]*)@(.*)$/isu

/**
 * Takes the credentials out of a URL of the web. The user of one for ssh stays: it says whom to ask for.
 *
 * @example
 * remoteUrl("https://ada:token@example.org/khealth.git").url // "https://example.org/khealth.git"
 */
export const remoteUrl = (text: string): RemoteUrl => {
  const [, scheme, user, rest] = webUrl.exec(text) ?? []
  if (scheme === undefined || user === undefined || rest === undefined) return { url: text, credentials: null }
  const [username = "", ...password] = user.split(":")
  return {
    url: `${scheme}${rest}`,
    credentials: { _tag: "Basic", username: decoded(username), password: decoded(password.join(":")) }
  }
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The part of a URL of the web that credentials are for; null of another one. */
export const originOf = (url: string): string | null => /^https?:\/\/[^/?#]+/iu.exec(url)?.[0] ?? null
