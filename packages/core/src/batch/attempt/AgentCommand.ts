/** The programs whose command Slipway knows. */
export const agentPresets = ["claude", "codex", "opencode"] as const
export type AgentPreset = (typeof agentPresets)[number]

/** What an agent finds in its workspace. */
export interface AgentTask {
  /** Names of its files, relative to the workspace. */
  readonly files: ReadonlyArray<string>
  /** Paths of its repositories, relative to the workspace. */
  readonly repositories: ReadonlyArray<string>
}

type Command = readonly [program: string, ...args: ReadonlyArray<string>]

/**
 * The program that a command stands for: a list is one as it is, the name of a preset is that program told to do the task
 * and end, any other text is a line for `sh`; null, also of an empty list, is what the image runs by itself. The arguments
 * name files, and hold nothing of what is in them.
 *
 * @example
 * agentCommand("claude", { files: ["task.md"], repositories: ["service-a"] }) // ["claude", "-p", "Read task.md …", …]
 * agentCommand("make fix", task) // ["/bin/sh", "-c", "make fix"]
 */
export const agentCommand = (
  command: string | ReadonlyArray<string> | null,
  task: AgentTask
): Command | null => {
  if (command === null) return null
  if (typeof command !== "string") {
    const [program, ...args] = command
    return program === undefined ? null : [program, ...args]
  }
  const preset = agentPresets.find((name) => name === command.trim())
  return preset === undefined ? ["/bin/sh", "-c", command] : presets[preset](agentPrompt(task))
}

/** Each runs once, asks nobody, and may change files and run programs in the workspace. */
const presets: Readonly<Record<AgentPreset, (prompt: string) => Command>> = {
  /** https://code.claude.com/docs/en/cli-reference: print mode; tools that are not allowed would be refused unasked. */
  claude: (prompt) => [
    "claude",
    "-p",
    prompt,
    "--permission-mode",
    "acceptEdits",
    "--allowedTools",
    "Bash,Edit,Glob,Grep,MultiEdit,NotebookEdit,Read,Task,TodoWrite,WebFetch,WebSearch,Write"
  ],
  /** https://developers.openai.com/codex/noninteractive: its default is read-only, in a repository, without network. */
  codex: (prompt) => [
    "codex",
    "exec",
    "--skip-git-repo-check",
    "--sandbox",
    "workspace-write",
    "--config",
    "sandbox_workspace_write.network_access=true",
    prompt
  ],
  /** https://opencode.ai/docs/cli/#run */
  opencode: (prompt) => ["opencode", "run", prompt]
}

/** The file that says what to do. */
const taskFile = "task.md"

/** What an agent is told to do. */
export const agentPrompt = ({ files, repositories }: AgentTask): string => {
  const main = files.includes(taskFile) ? taskFile : files[0]
  const others = files.filter((file) => file !== main)
  return [
    main === undefined
      ? "Look at what is in this folder, and do what it asks for."
      : `Read ${quoted(main)} in this folder, and do what it says.`,
    ...(others.length === 0 ? [] : [`What else it may need is in ${listed(others)}.`]),
    ...(repositories.length === 0 ? [] : [workPlace(repositories)]),
    "Nobody can answer questions: decide by yourself, and finish the work.",
    "At the end, write the file \"result.json\" in this folder (not in a repository): a JSON object with \"summary\", one line on what you did."
  ].join(" ")
}

const workPlace = (repositories: ReadonlyArray<string>): string =>
  repositories.length === 1
    ? repositories[0] === "."
      ? "This folder is the git repository to work in."
      : `Work in the git repository in the folder ${listed(repositories)}.`
    : `Work in the git repositories in the folders ${listed(repositories)}.`

const listed = (names: ReadonlyArray<string>): string => names.map(quoted).join(", ")

/** A name may hold blanks and quotes. */
const quoted = (name: string): string => JSON.stringify(name)
