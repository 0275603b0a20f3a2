import { Schema } from "effect"
import { DataKey, SubdomainName } from "./ObjectMeta.ts"
import {
  atMost,
  choiceAnnotation,
  confidentialAnnotation,
  discriminatorAnnotation,
  matching,
  refusing,
  required,
  wholeNumber
} from "./SchemaRules.ts"

const map = "a map"

/** A value of a ConfigMap or of a Secret. */
export const KeyRef = Schema.Struct({
  name: required("the name of the object", SubdomainName.annotate({ description: "Name of the object." })),
  key: required("a key of the object", DataKey.annotate({ description: "Which of its values." }))
}).annotate({ expected: "a map with name and key" })
export interface KeyRef extends Schema.Schema.Type<typeof KeyRef> {}

/** The most bytes of an inline text: more do not fit into etcd. */
export const longestInlineText = 1_048_576

const Inline = Schema.String.check(
  Schema.makeFilter((inline: string) => inline.length <= longestInlineText && fitsInline(inline), {
    expected: "at most 1 MiB long",
    toJsonSchema: () => [{ maxLength: longestInlineText }, true]
  })
).annotate({
  description:
    "The text itself. It may hold ${{ repository.org }}, ${{ repository.repo }}, ${{ repository.branch }}, ${{ run.name }} and ${{ task.index }}."
})

/** Below a third of the limit no text can be too long in UTF-8. */
const fitsInline = (inline: string): boolean =>
  inline.length * 3 <= longestInlineText || bytesOf(inline) <= longestInlineText

const bytesOf = (text: string): number => {
  let bytes = 0
  for (const letter of text) {
    const code = letter.codePointAt(0) ?? 0
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return bytes
}

/** Where a file's content comes from: exactly one of the three. */
export const FileSource = Schema.Union([
  Schema.Struct({ inline: Inline }),
  Schema.Struct({ configMapKeyRef: KeyRef.annotate({ description: "A value of a ConfigMap." }) }),
  Schema.Struct({ secretKeyRef: KeyRef.annotate({ description: "A value of a Secret." }) })
]).annotate({
  expected: "a map with one of inline, configMapKeyRef or secretKeyRef",
  [choiceAnnotation]: { names: ["inline", "configMapKeyRef", "secretKeyRef"], count: "exactly one" }
})
export type FileSource = typeof FileSource.Type

const relativeRule = "relative, with / between folders, without empty, . and .. parts, \\ and control characters"

const relativePath = (rule: string) =>
  [
    atMost(1024),
    matching(/^[^/\\\p{Cc}]+(?:\/[^/\\\p{Cc}]+)*$/u, rule, {
      sample: /^[a-z]{1,6}(?:\/[a-z]{1,6}){0,2}(?:\.md)?$/u
    }),
    refusing(/[^/]{256}/u, "of parts of at most 255 characters each, which is the longest name of a file"),
    refusing(/(?:^|\/)\.\.(?:\/|$)/u, rule),
    refusing(/^[A-Za-z]:/u, rule),
    refusing(/(?:^|\/)\.[gG][iI][tT](?:\/|$)/u, "outside of .git folders, which are git's own")
  ] as const

/** A file that a task finds in its workspace. */
export const FileContext = Schema.Struct({
  type: Schema.Literal("File"),
  file: required(
    "a map with name and source",
    Schema.Struct({
      /** Relative to the workspace; may have folders, never absolute, no `..`. */
      name: required(
        "the file's name",
        Schema.String.check(
          ...relativePath(relativeRule),
          refusing(/(?:^|\/)\.(?:\/|$)/u, relativeRule)
        ).annotate({ description: "Where the file is, relative to the workspace." })
      ),
      source: required("where its content comes from: inline, configMapKeyRef or secretKeyRef", FileSource)
    }).annotate({ expected: "a map with name and source" })
  )
}).annotate({ expected: map })
export interface FileContext extends Schema.Schema.Type<typeof FileContext> {}

const branchRule = "a name that git takes for a branch"

const BranchName = Schema.String.check(
  atMost(244),
  matching(/^[^\p{Cc} ~^:?*[\\]+$/u, branchRule, { sample: /^[a-z]{1,8}(?:\/[a-z0-9]{1,6})?$/u }),
  refusing(/^[-/.]|^@$|\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)|[/.]$/u, branchRule)
)

const urlPattern = new RegExp(
  [
    // A host begins neither with - nor with what would be a credential.
    String.raw`^(?:https?|git)://[A-Za-z0-9_[][-A-Za-z0-9_.:[\]]*/[^\p{Cc} ]+$`,
    String
      .raw`^(?:ssh|git\+ssh)://(?:[A-Za-z0-9_][-A-Za-z0-9_.]*@)?[A-Za-z0-9_[][-A-Za-z0-9_.:[\]]*/[^\p{Cc} ]+$`,
    String.raw`^file://(?:localhost)?/[^\p{Cc}]+$`,
    String
      .raw`^(?:[A-Za-z0-9_][-A-Za-z0-9_.]*@)?[A-Za-z0-9_][-A-Za-z0-9_.]*:(?:/[^/\p{Cc} ]|[^-/:\p{Cc} ])[^\p{Cc} ]*$`
  ].join("|"),
  "u"
)

const GitUrl = Schema.String.check(
  atMost(2048),
  refusing(
    /^[a-z+]+:\/\/[^/]*:[^/]*@|^(?:https?|git):\/\/[^/]*@/u,
    "without a user name or a password; secretRef names the Secret that holds them"
  ).abort(),
  matching(urlPattern, "an address of a repository: https, http, ssh, git or file, or user@host:path", {
    sample: /^https:\/\/git\.test\/[a-z]{1,8}\/[a-z]{1,8}\.git$/u
  })
)

/** A repository that a task finds in its workspace. */
export const RepositoryContext = Schema.Struct({
  type: Schema.Literal("Repository"),
  repository: required(
    "a map with org, repo and branch",
    Schema.Struct({
      org: required(
        "who the repository belongs to",
        Schema.String.check(
          atMost(255),
          matching(
            /^[A-Za-z0-9_~][-A-Za-z0-9_.~]*(?:\/[A-Za-z0-9_~][-A-Za-z0-9_.~]*)*$/u,
            "of letters, digits, -, _, ., ~ and / between groups, no part beginning with - or .",
            { sample: /^[a-z]{1,8}(?:\/[a-z]{1,8})?$/u }
          )
        ).annotate({ description: "The organisation, or the groups with / between them." })
      ),
      repo: required(
        "the repository's name",
        Schema.String.check(
          atMost(255),
          matching(/^[A-Za-z0-9_.][-A-Za-z0-9_.]*$/u, "of letters, digits, -, _ and ., not beginning with -", {
            sample: /^[a-z]{1,8}(?:-[a-z]{1,4})?$/u
          }),
          refusing(/^(?:\.|\.\.|\.[gG][iI][tT])$/u, "a name, none of ., .. and .git")
        ).annotate({ description: "The repository's name." })
      ),
      branch: required("the branch to begin at", BranchName.annotate({ description: "The branch to begin at." })),
      /** Anything that git clones from; what the host profile makes of `org` and `repo` when absent. */
      url: Schema.optionalKey(GitUrl.annotate({
        [confidentialAnnotation]: true,
        description: "Where git clones it from. What the host profile makes of org and repo when absent."
      })),
      /** The commit to begin at, of 40 hexadecimal digits; the head of `branch` when absent. */
      commit: Schema.optionalKey(
        Schema.String.check(
          matching(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/u, "a whole commit: 40 or 64 lower-case hexadecimal digits", {
            sample: /^[0-9a-f]{40}$/u
          })
        ).annotate({ description: "The commit to begin at. The head of branch when absent." })
      ),
      /** Relative to the workspace; the name of the repository when absent. */
      path: Schema.optionalKey(
        Schema.String.check(
          ...relativePath(relativeRule),
          refusing(/^\.\/|\/\.(?:\/|$)/u, relativeRule)
        ).annotate({
          description: "Where it is in the workspace, `.` for the workspace itself. Its name when absent."
        })
      ),
      /** How many commits of the history are there; all when absent. */
      depth: Schema.optionalKey(
        wholeNumber(1, 2_147_483_647, "a whole number of commits, at least 1").annotate({
          description: "How many commits of the history are there. All when absent."
        })
      ),
      /** The Secret with the credentials: `username` and `password`, `token`, or `ssh-privatekey`. */
      secretRef: Schema.optionalKey(
        Schema.Struct({ name: required("the name of a Secret", SubdomainName) }).annotate({
          expected: "a map with name",
          description: "The Secret with username and password, token, or ssh-privatekey."
        })
      )
    }).annotate({ expected: "a map with org, repo and branch" })
  )
}).annotate({ expected: map })
export interface RepositoryContext extends Schema.Schema.Type<typeof RepositoryContext> {}

/** What a task operates on: the seed's `Context`. */
export const TaskContext = Schema.Union([FileContext, RepositoryContext]).annotate({
  expected: "a map with type, and file or repository",
  [discriminatorAnnotation]: "type"
})
export type TaskContext = typeof TaskContext.Type

/** Where a repository stands in the workspace. */
export const repositoryPath = ({ repository }: RepositoryContext): string => repository.path ?? repository.repo
