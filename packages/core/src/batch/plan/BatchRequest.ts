import type { PublishMode } from "../kinds/Kinds.ts"
import type { RunnerKind } from "../record/RunSnapshot.ts"

/** What a run is made from. What a flag says goes before what the file says. */
export interface BatchRequest {
  /** Absolute path of the folder that file names are relative to. */
  readonly directory: string
  /** YAML files, folders of them, or `-`. */
  readonly files: ReadonlyArray<string>
  /** Folders with ConfigMaps and Secrets. */
  readonly fromDirectories?: ReadonlyArray<string>
  /** Which Batch, BatchRun or Task of the files; needed when there is more than one. */
  readonly select?: string
  /** The run's name; that of the BatchRun, else the Batch's name with five random letters, when absent. */
  readonly name?: string
  /** Of what names none; `default` when absent. */
  readonly namespace?: string
  /** `process` when the WorkspaceConfig has a command, else `docker`, when absent. */
  readonly runner?: RunnerKind
  readonly maxParallel?: number
  /** A number, or a share such as `10%`. */
  readonly maxFailures?: number | string
  readonly failFast?: boolean
  /** A time span such as `90s` or `1h30m`. */
  readonly timeout?: string
  readonly taskTimeout?: string
  readonly retry?: number
  readonly publish?: PublishMode
  /** `github`, `github-ssh`, `gitlab`, `gitlab-ssh`, `bitbucket`, or a URL with `{org}` and `{repo}`; `github` when absent. */
  readonly host?: string
  /** Command in place of the WorkspaceConfig's: a preset, a line for `sh`, or a program with arguments. */
  readonly command?: string | ReadonlyArray<string>
  readonly keepWorkspaces?: boolean
}
