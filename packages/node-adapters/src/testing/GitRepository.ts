import { RepositoryArrangement } from "@slipway/core/testing"
import { Effect, Layer } from "effect"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { dirname } from "node:path"

/** What git gets to know of the machine in tests: nothing of its user. */
export const gitVariables = {
  PATH: process.env["PATH"] ?? "",
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.org",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.org"
}

/** Runs git in a folder and gives what it printed; throws when it fails. */
export const runGit = (directory: string, ...args: ReadonlyArray<string>): string =>
  execFileSync("git", ["-c", "protocol.file.allow=always", ...args], {
    cwd: directory,
    env: gitVariables,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"]
  })

/** Writes a file, and the folders above it. */
export const writeText = (path: string, content: string): void => {
  fs.mkdirSync(dirname(path), { recursive: true })
  fs.writeFileSync(path, content)
}

/** Commits all that is in a work tree; gives the commit's id. */
export const commitAll = (worktree: string, subject: string): string => {
  runGit(worktree, "add", "--all")
  runGit(worktree, "commit", "--quiet", "--allow-empty", "-m", subject)
  return runGit(worktree, "rev-parse", "HEAD").trim()
}

/** Makes a repository of a folder: its files are the first commit. */
export const createRepository = (main: string, branch: string): void => {
  fs.mkdirSync(main, { recursive: true })
  runGit(main, "init", "--quiet", "-b", branch)
  commitAll(main, "First")
}

/** Repositories made by git itself. */
export const realRepositoriesLayer: Layer.Layer<RepositoryArrangement> = Layer.succeed(
  RepositoryArrangement,
  RepositoryArrangement.of({
    create: (main, branch) => Effect.sync(() => createRepository(main, branch)),
    write: (path, content) => Effect.sync(() => writeText(path, content)),
    read: (path) => Effect.sync(() => fs.existsSync(path) ? fs.readFileSync(path, "utf8") : null),
    remove: (path) => Effect.sync(() => fs.rmSync(path, { recursive: true })),
    commit: (worktree, subject) => Effect.sync(() => commitAll(worktree, subject))
  })
)
