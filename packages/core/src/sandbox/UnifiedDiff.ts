import { TextDiff } from "effect"

/**
 * A change of a file as a unified diff, with `/dev/null` for a file that is new; the empty string without a change.
 *
 * @example
 * unifiedDiff({ path: "a.txt", before: "a\n", after: "b\n" }) // "--- a.txt\n+++ a.txt\n@@ -1 +1 @@\n-a\n+b\n"
 */
export const unifiedDiff = (
  change: { readonly path: string; readonly before: string | null; readonly after: string }
): string =>
  TextDiff.unified(TextDiff.lines(change.before ?? "", change.after), {
    fromFile: change.before === null ? "/dev/null" : change.path,
    toFile: change.path
  })
