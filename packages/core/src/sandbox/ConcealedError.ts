import { ComposeFailed, ComposeInvalid } from "./Compose.ts"

/** The error with Compose's own words, in which the values of secrets can stand, without them. */
export const concealedError = <E>(error: E, conceal: (text: string) => string): E | ComposeFailed | ComposeInvalid => {
  if (error instanceof ComposeFailed) return new ComposeFailed({ ...error, stderr: conceal(error.stderr) })
  if (error instanceof ComposeInvalid) return new ComposeInvalid({ ...error, stderr: conceal(error.stderr) })
  return error
}
