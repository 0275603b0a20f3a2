import { Result } from "effect"

/** The keys of a Secret that git's credentials are read from. */
export const credentialKeys = ["username", "password", "token", "ssh-privatekey"] as const

/** Which of a Secret's keys git gets in with. */
export type CredentialChoice = "token" | "password" | "ssh-privatekey"

/** Whether git goes to a URL by SSH: `ssh://host/path`, or `user@host:path`. */
const isSshUrl = (url: string): boolean =>
  /^(?:git\+)?ssh:\/\//u.test(url) || (!url.includes("://") && /^[^/]+:/u.test(url))

/**
 * Which credentials of a Secret fit a URL: a key for SSH; else `token` before `username` and `password`. Fails with what
 * the Secret lacks, such as `has no key "ssh-privatekey", which a URL for SSH needs`.
 */
export const chooseCredentials = (
  url: string,
  keys: ReadonlyArray<string>
): Result.Result<CredentialChoice, string> => {
  const has = (key: (typeof credentialKeys)[number]): boolean => keys.includes(key)
  if (isSshUrl(url)) {
    return has("ssh-privatekey")
      ? Result.succeed("ssh-privatekey")
      : Result.fail("has no key \"ssh-privatekey\", which a URL for SSH needs")
  }
  if (has("token")) return Result.succeed("token")
  if (has("password")) {
    return has("username")
      ? Result.succeed("password")
      : Result.fail("has a key \"password\" but no key \"username\"")
  }
  return Result.fail("has neither a key \"token\" nor \"username\" and \"password\", one of which the URL needs")
}
