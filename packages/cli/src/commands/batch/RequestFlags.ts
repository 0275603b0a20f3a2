import type { BatchRequest } from "@slipway/core"
import { Result } from "effect"
import {
  choiceFlag,
  type Flag,
  integerFlag,
  optionalArgument,
  programArgument,
  switchFlag,
  textFlag,
  textsFlag,
  type ValueOf
} from "../../parser/Parameter.ts"

/** A number of tasks, or a share such as `10%`; null when it was not given. */
const maxFailuresFlag: Flag<number | string | null> = {
  _tag: "Flag",
  spellings: ["--max-failures"],
  value: "N|P%",
  description: "Start no more tasks after more failures than that: a number, or a share of all such as 10%",
  read: (values) => {
    const text = values.at(-1)
    if (text === undefined) return Result.succeed(null)
    if (/^\d{1,9}$/u.test(text)) return Result.succeed(Number(text))
    return /^\d{1,3}%$/u.test(text) && Number(text.slice(0, -1)) <= 100
      ? Result.succeed(text)
      : Result.fail(`--max-failures cannot be "${text}": it is a whole number, or a share from 0% to 100%`)
  }
}

/** The parameters of the commands that make a run, or show what it would be. */
export const requestParameters = {
  name: optionalArgument("NAME", "Which Batch, BatchRun or Task of the files; needed when they hold more than one"),
  program: programArgument("COMMAND", "The agent: a program and its arguments, in place of the WorkspaceConfig's"),
  files: textsFlag("--file", "FILE", "A YAML file, a folder of them, or - for standard input; repeatable", {
    short: "-f"
  }),
  fromDirectories: textsFlag(
    "--from-dir",
    "DIR",
    "A folder of ConfigMaps and Secrets: manifests, or NAME/KEY files; repeatable"
  ),
  runName: textFlag("--name", "RUN_NAME", "Name of the run; that of the BatchRun, or one made up, when absent"),
  namespace: textFlag("--namespace", "NAMESPACE", "Namespace of what names none; default when absent", { short: "-n" }),
  runner: choiceFlag("--runner", "RUNNER", "Where agents run", ["process", "docker"]),
  maxParallel: integerFlag("--max-parallel", "N", "How many tasks run at once; 4 when nothing says it", { minimum: 1 }),
  maxFailures: maxFailuresFlag,
  failFast: switchFlag("--fail-fast", "Stop all at the first failure"),
  timeout: textFlag("--timeout", "SPAN", "Limit of the whole run, such as 90s or 1h30m"),
  taskTimeout: textFlag("--task-timeout", "SPAN", "Limit of each attempt of a task"),
  retry: integerFlag("--retry", "N", "How many times a task is run again after its agent failed", { minimum: 0 }),
  publish: choiceFlag("--publish", "PUBLISH", "What becomes of changes", ["never", "branch"]),
  host: textFlag(
    "--host",
    "PROFILE|URL",
    "Where repositories without a URL are: github, github-ssh, gitlab, gitlab-ssh, bitbucket, or a URL with {org} and {repo}"
  ),
  command: textFlag("--command", "TEXT", "The agent: claude, codex, opencode, or a line for sh"),
  keepWorkspaces: switchFlag("--keep-workspaces", "Leave the folders that agents worked in where they are")
}

/** `--events jsonl`. */
export const eventsFlag = choiceFlag("--events", "FORMAT", "Print what happens on stdout, as it happens", ["jsonl"])

/** What {@link requestParameters} read. */
export type RequestInput = { readonly [K in keyof typeof requestParameters]: ValueOf<(typeof requestParameters)[K]> }

/** What a run is made from, by its flags; what was not given is absent, so that the files' own rules stand. */
export const batchRequest = (input: RequestInput, directory: string): BatchRequest => {
  const command = input.program ?? input.command
  return {
    directory,
    files: input.files,
    ...(input.fromDirectories.length === 0 ? {} : { fromDirectories: input.fromDirectories }),
    ...(input.name === null ? {} : { select: input.name }),
    ...(input.runName === null ? {} : { name: input.runName }),
    ...(input.namespace === null ? {} : { namespace: input.namespace }),
    ...(input.runner === null ? {} : { runner: input.runner }),
    ...(input.maxParallel === null ? {} : { maxParallel: input.maxParallel }),
    ...(input.maxFailures === null ? {} : { maxFailures: input.maxFailures }),
    ...(input.failFast ? { failFast: true } : {}),
    ...(input.timeout === null ? {} : { timeout: input.timeout }),
    ...(input.taskTimeout === null ? {} : { taskTimeout: input.taskTimeout }),
    ...(input.retry === null ? {} : { retry: input.retry }),
    ...(input.publish === null ? {} : { publish: input.publish }),
    ...(input.host === null ? {} : { host: input.host }),
    ...(command === null ? {} : { command }),
    ...(input.keepWorkspaces ? { keepWorkspaces: true } : {})
  }
}

/** Why flags cannot be meant together, and what to do; null when they can. */
export const requestMistake = (
  input: RequestInput
): { readonly reason: string; readonly hint: string } | null => {
  if (input.files.length === 0) {
    return { reason: "nothing says what to run", hint: "-f FILE names a YAML file, a folder of them, or - for stdin" }
  }
  return input.command !== null && input.program !== null
    ? { reason: "the agent is given twice: by --command, and after --", hint: "leave one of them out" }
    : null
}
