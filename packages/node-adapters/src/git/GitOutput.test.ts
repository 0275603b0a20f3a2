import { assert, describe, it } from "@effect/vitest"
import { guessedDefaultBranch, namedDefaultBranch, parseRefs } from "./DefaultBranch.ts"
import { excludeLine } from "./ExcludeFile.ts"
import {
  gitWords,
  isLockConflict,
  isOutsideRepository,
  isRefMoved,
  isStashOf,
  parseCommits,
  parseCounts,
  parseIndex,
  parseMerge,
  parseRepository,
  parseSettings,
  parseStashes,
  parseStatus,
  parseWorktrees,
  quotedPath
} from "./GitOutput.ts"
import { isForeignToGit } from "./RunGit.ts"

describe("reading git's output", () => {
  it("reads a merge: files in conflict, else what its messages of conflicts are about, and nothing of a cut one", () => {
    const clean = "11\0\u00001\0a\0Auto-merging\0Auto-merging a\n\0"
    const files = "11\0b\0-a\n\0\u00001\0b\0CONFLICT (contents)\0CONFLICT in b\n\0"
    const split = "11\0\u00000\0Note\0none\n\u00002\0d\0c\0CONFLICT (directory rename split)\0x\n\0"
    assert.deepStrictEqual(parseMerge("11\0"), { tree: "11", conflicts: [] })
    assert.deepStrictEqual(parseMerge(clean), { tree: "11", conflicts: [] })
    assert.deepStrictEqual(parseMerge(files), { tree: "11", conflicts: ["-a\n", "b"] })
    assert.deepStrictEqual(parseMerge(split), { tree: "11", conflicts: ["c", "d"] })
    for (let end = 0; end < split.length; end++) {
      assert.isAtMost(parseMerge(split.slice(0, end)).conflicts.length, 2)
    }
  })

  it("reads worktrees with their locks and odd paths; a bare repository is none", () => {
    const text = [
      "worktree /a b\nc\0HEAD 11\0branch refs/heads/impl/x\0\0",
      "worktree /d\0HEAD 22\0detached\0locked\0\0",
      "worktree /e\0HEAD 33\0branch refs/heads/e\0locked on a stick\0prunable gone\0\0"
    ].join("")
    assert.deepStrictEqual(parseWorktrees(text), [
      { path: "/a b\nc", branch: "impl/x", head: "11", isMain: true, locked: null },
      { path: "/d", branch: null, head: "22", isMain: false, locked: "" },
      { path: "/e", branch: "e", head: "33", isMain: false, locked: "on a stick" }
    ])
    assert.deepStrictEqual(parseWorktrees("worktree /bare\0bare\0\0"), [])
  })

  it("reads a rename as one change, and conflicts with spaces", () => {
    const modes = "100644 100644 100644"
    const status = parseStatus([
      "# branch.oid (initial)",
      "# branch.head (detached)",
      "# stash 2",
      `2 R. N... ${modes} 1 2 R100 new name`,
      "old name",
      `1 .D N... ${modes} 1 2 gone`,
      `1 .M S.M. 160000 160000 160000 1 2 sub`,
      `u UU N... ${modes} 100644 1 2 3 both sides`,
      "? un tracked",
      "! node_modules/",
      ""
    ].join("\0"))
    assert.deepStrictEqual(status, {
      branch: null,
      head: "",
      changes: [
        { path: "new name", kind: "staged" },
        { path: "gone", kind: "deleted" },
        { path: "sub", kind: "modified" },
        { path: "both sides", kind: "conflicted" },
        { path: "un tracked", kind: "untracked" }
      ],
      ignored: ["node_modules/"],
      dirtySubmodules: ["sub"],
      hasStashes: true
    })
  })

  it("reads counts and repositories", () => {
    assert.deepStrictEqual(parseCounts("3\t14\n"), { left: 3, right: 14 })
    assert.isNull(parseCounts(""))
    assert.deepStrictEqual(parseRepository("/a\nb\ntrue\n/a\nb/.git\ntrue\n/c\n"), {
      current: "/a\nb",
      gitDirectory: "/a\nb/.git",
      commonDirectory: "/c"
    })
  })

  it("reads stashes and commits, with empty subjects and tabs", () => {
    assert.deepStrictEqual(parseStashes("11 22\0On a: b\u000033 44 55\0WIP on a: 33 c\0"), [
      { ref: "stash@{0}", parent: "11", message: "On a: b" },
      { ref: "stash@{1}", parent: "33", message: "WIP on a: 33 c" }
    ])
    assert.deepStrictEqual(parseStashes(""), [])
    assert.deepStrictEqual(parseCommits("11\ta\tb\u000022\t\0"), [
      { id: "11", subject: "a\tb" },
      { id: "22", subject: "" }
    ])
  })

  it("reads off the index submodules, once, and files that are not compared", () => {
    const text = [
      "H 100644 11 0\ta",
      "h 100644 22 0\tassumed\t\nodd",
      "S 100755 33 0\tskipped",
      "s 100644 44 0\tboth",
      "h 120000 55 0\tlink",
      "M 160000 66 1\tsub dir",
      "M 160000 77 2\tsub dir",
      "M 100644 88 2\tconflict"
    ].map((entry) => `${entry}\0`).join("")
    assert.deepStrictEqual(parseIndex(text), {
      submodules: ["sub dir"],
      hidden: [{ path: "assumed\t\nodd", id: "22" }, { path: "skipped", id: "33" }, { path: "both", id: "44" }]
    })
  })

  it("reads settings: the last of a name counts, and a bare name is a yes", () => {
    assert.deepStrictEqual(
      [...parseSettings("core.worktree\n/a\nb\0core.bare\0core.worktree\n/c\0")],
      [["core.worktree", "/c"], ["core.bare", "true"]]
    )
    assert.strictEqual(parseSettings("").size, 0)
  })

  it.each([
    ["a \"b\" \\", "a \"b\" \\"],
    ["\"a\\", "\"\\\"a\\\\\""],
    ["a\nb", "\"a\\nb\""]
  ])("writes the path %j as %s", (path, expected) => assert.strictEqual(quotedPath(path), expected))

  it.each([
    ["WIP on impl/a: 1234 Subject", "impl/a", true],
    ["On impl/a: impl/b: text", "impl/a", true],
    ["On impl/a-b: text", "impl/a", false],
    ["custom", "impl/a", false]
  ])("a stash called %j is one of %j: %j", (message, branch, expected) => {
    assert.strictEqual(isStashOf({ ref: "stash@{0}", parent: "1", message }, branch, "1"), expected)
  })

  it("keeps git's words once, without their prefix", () => {
    assert.strictEqual(
      gitWords("Preparing worktree (new branch 'a')\nfatal: no\nerror: no\nhint: so\n"),
      "no\nhint: so"
    )
  })

  it.each([
    ["could not lock config file .git/config: File exists", true],
    ["cannot lock ref 'refs/heads/a': Unable to create '/r/.git/refs/heads/a.lock': File exists.", true],
    ["could not create directory of '.git/worktrees/a': File exists", true],
    ["a branch named 'a' already exists", false],
    ["cannot lock ref 'refs/heads/a': is at 11 but expected 22", false],
    ["cannot lock ref 'refs/heads/a/b': 'refs/heads/a' exists; cannot create 'refs/heads/a/b'", false],
    ["'/w' already exists", false],
    ["not a valid object name: 'x'", false]
  ])("%j is a conflict that passes: %j", (stderr, expected) => {
    assert.strictEqual(isLockConflict(stderr), expected)
  })

  it("tells why git stopped", () => {
    assert.isTrue(isRefMoved("cannot lock ref 'refs/remotes/origin/main': is at 11 but expected 22"))
    assert.isFalse(isRefMoved("cannot lock ref 'refs/heads/a': Unable to create 'a.lock': File exists."))
    assert.isTrue(isOutsideRepository("fatal: not a git repository (or any of the parent directories): .git"))
    assert.isFalse(isOutsideRepository("fatal: detected dubious ownership in repository at '/r'"))
  })
})

describe("what git gets of the caller's variables", () => {
  it.each([
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_KEY_0",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG",
    "GIT_SSH_COMMAND_X",
    "GIT_TRACE"
  ])("not %s", (name) => assert.isTrue(isForeignToGit(name)))

  it.each([
    "GIT_SSH_COMMAND",
    "GIT_ASKPASS",
    "GIT_AUTHOR_NAME",
    "GIT_COMMITTER_DATE",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "PATH",
    "MY_GIT_DIR"
  ])("%s", (name) => assert.isFalse(isForeignToGit(name)))
})

describe("the default branch", () => {
  const choose = (configured: string | null, ...lines: ReadonlyArray<string>) => {
    const refs = parseRefs(lines.map((line) => line.replaceAll("|", "\0")).join("\n"))
    return namedDefaultBranch(refs) ?? guessedDefaultBranch(refs, configured)
  }

  it.each<[string, ReadonlyArray<string>, string | undefined]>([
    ["the remote's own", [
      "refs/heads/main||*",
      "refs/remotes/origin/HEAD|refs/remotes/origin/dev|",
      "refs/remotes/origin/dev||",
      "refs/remotes/origin/main||"
    ], "refs/remotes/origin/dev"],
    ["a usual name where the remote's own is gone", [
      "refs/remotes/origin/HEAD|refs/remotes/origin/gone|",
      "refs/remotes/origin/trunk||"
    ], "refs/remotes/origin/trunk"],
    ["the checked-out one, on the remote", [
      "refs/heads/prod||*",
      "refs/remotes/up/prod||",
      "refs/remotes/up/x||"
    ], "refs/remotes/up/prod"],
    [
      "origin's among several remotes",
      ["refs/remotes/a/main||", "refs/remotes/origin/master||"],
      "refs/remotes/origin/master"
    ],
    ["a local one among several remotes without origin", [
      "refs/heads/main||*",
      "refs/remotes/a/main||",
      "refs/remotes/b/main||"
    ], "refs/heads/main"],
    ["the checked-out one without a remote", ["refs/heads/a||", "refs/heads/prod||*"], "refs/heads/prod"],
    ["of the remote that it was cloned from", [
      "refs/heads/main||*",
      "refs/remotes/fork/main||",
      "refs/remotes/up/HEAD|refs/remotes/up/main|",
      "refs/remotes/up/main||"
    ], "refs/remotes/up/main"],
    ["the only one", ["refs/heads/odd||"], "refs/heads/odd"],
    ["none of several that nothing speaks for", ["refs/heads/a||", "refs/heads/b||"], undefined],
    ["none without a commit", [], undefined]
  ])("is %s", (_, lines, expected) => {
    assert.strictEqual(choose(null, ...lines)?.ref, expected)
  })

  it("is the one that new repositories get, before the one that is checked out, but after the usual ones", () => {
    const lines = ["refs/heads/feature||*", "refs/heads/prod||"]
    assert.strictEqual(choose("prod", ...lines)?.ref, "refs/heads/prod")
    assert.strictEqual(choose("absent", ...lines)?.ref, "refs/heads/feature")
    assert.strictEqual(choose("prod", ...lines, "refs/heads/main||")?.ref, "refs/heads/main")
    assert.strictEqual(choose("prod", ...lines, "refs/remotes/up/prod||")?.ref, "refs/remotes/up/prod")
  })
})

describe("a line of info/exclude", () => {
  it.each([
    [".env", "/.env"],
    ["/a/b", "/a/b"],
    ["./a", "/a"],
    ["a*b?[c]\\", "/a\\*b\\?\\[c\\]\\\\"],
    ["#a", "/#a"],
    ["a\nb", "/a?b"],
    ["a  ", "/a \\ "]
  ])("for %j is %j", (path, expected) => assert.strictEqual(excludeLine(path), expected))
})
