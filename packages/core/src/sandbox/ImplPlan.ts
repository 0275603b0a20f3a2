import { Schema } from "effect"
import type { PlannedStep } from "../operation/Journal.ts"
import type { InfraConfig } from "../project/InfraConfig.ts"
import type { Repository } from "../project/Repository.ts"
import type { DefaultBranch, GitWorktree } from "../worktree/Git.ts"

/** What `spec` and `impl` are asked for. */
export interface ImplRequest {
  /** Any folder of the project. */
  readonly directory: string
  /** A worktree for a specification, or for an implementation. */
  readonly kind: "spec" | "impl"
  /** `feature` or, for `impl`, `feature/milestone`. */
  readonly name: string
  /** Check out the feature's branch again when it exists. */
  readonly reuse?: boolean
  /** Approve setup commands without asking. */
  readonly approve?: boolean
  /** False: a worktree only, even when the project has a sandbox. */
  readonly sandbox?: boolean
  /** Fail with exit code 6 when the sandbox is not healthy in time. */
  readonly requireHealthy?: boolean
  /** Skip `git fetch`. */
  readonly offline?: boolean
}

/** A worktree of that name is there already. */
export class WorktreeExists extends Schema.TaggedError<WorktreeExists>()("WorktreeExists", {
  path: Schema.String,
  name: Schema.String,
  /** Whether git knows it as a worktree, or something else stands there. */
  known: Schema.Boolean,
  /** Whether git still lists it, though its folder is gone. */
  gone: Schema.Boolean,
  sandbox: Schema.Boolean
}) {
  readonly code = "worktree-exists" as const
  override get message(): string {
    if (this.gone) return `git still lists the worktree ${this.path}, whose folder is gone`
    return this.known
      ? `Worktree already exists at ${this.path}`
      : `${this.path} is in the way: it exists and is no worktree of this repository`
  }
  get hint(): string {
    if (this.gone) return `\`slipway done ${this.name}\` clears what is left of it`
    if (!this.known) return "move it away, then try again"
    const start = this.sandbox ? `\`slipway sandbox start ${this.name}\` starts its sandbox, ` : ""
    return `${start}\`slipway done ${this.name}\` removes it`
  }
}

/** What an interrupted operation made is kept, because somebody has worked in it meanwhile. */
export class WorktreeKept extends Schema.TaggedError<WorktreeKept>()("WorktreeKept", {
  path: Schema.String,
  name: Schema.String,
  sandbox: Schema.Boolean,
  /** What would be lost, in words. */
  work: Schema.Array(Schema.String)
}) {
  readonly code = "work-would-be-lost" as const
  override get message(): string {
    return `${this.path} is kept, it holds work that would be lost\n${this.work.join("\n")}`
  }
  get hint(): string {
    const start = this.sandbox ? `\`slipway sandbox start ${this.name}\` goes on with it, ` : ""
    return `${start}\`slipway done ${this.name}\` removes it`
  }
}

/** The feature's branch is there already, without a worktree. */
export class BranchExists extends Schema.TaggedError<BranchExists>()("BranchExists", {
  branch: Schema.String,
  /** The worktree that has it checked out, or null. */
  worktree: Schema.NullOr(Schema.String)
}) {
  readonly code = "branch-exists" as const
  override get message(): string {
    return this.worktree === null
      ? `branch ${this.branch} exists already`
      : `branch ${this.branch} is checked out at ${this.worktree}`
  }
  get hint(): string {
    return this.worktree === null
      ? `--reuse checks it out again; \`git branch -D ${this.branch}\` starts over`
      : "work there, or check out another branch there first"
  }
}

/** The compose file that infra.toml names is not there. */
export class ComposeFileMissing extends Schema.TaggedError<ComposeFileMissing>()("ComposeFileMissing", {
  path: Schema.String
}) {
  readonly code = "compose-file-missing" as const
  override get message(): string {
    return `Docker Compose file not found at ${this.path}`
  }
  get hint(): string {
    return "check compose_file in .devops-ai/infra.toml, or run `slipway init` again"
  }
}

/** What `spec` and `impl` are decided from. */
export interface ImplObservation {
  readonly project: { readonly name: string; readonly prefix: string }
  readonly config: InfraConfig | null
  readonly repository: Repository
  readonly defaultBranch: DefaultBranch
  readonly worktrees: ReadonlyArray<GitWorktree>
  /** What the worktree is to be called. */
  readonly target: { readonly path: string; readonly branch: string; readonly name: string }
  /** Whether something stands at the target's path. */
  readonly occupied: boolean
  readonly branchHead: string | null
  /** Whether the main checkout has the compose file; null without a sandbox. */
  readonly composeFile: { readonly path: string; readonly present: boolean } | null
  /** Whether there is a feature of that name, in whose log the worktree is recorded. */
  readonly isFeature: boolean
}

/** What was decided. */
export interface PlannedWorktree {
  readonly branch: string
  readonly path: string
  /** What commands call it, such as `auth-M1`. */
  readonly name: string
  /** Where a new branch starts; null when the branch is checked out again. */
  readonly from: string | null
  readonly withSandbox: boolean
  readonly steps: ReadonlyArray<PlannedStep>
}

/** Why nothing is made. */
export type ImplRefusal = WorktreeExists | BranchExists | ComposeFileMissing

/** Decides what `spec` and `impl` do, or why they refuse. Pure and total. */
export const planWorktree = (
  seen: ImplObservation,
  request: Pick<ImplRequest, "kind" | "reuse" | "sandbox" | "offline">
): PlannedWorktree | ImplRefusal => {
  const { target } = seen
  const sandbox = request.kind === "impl" && request.sandbox !== false ? seen.config?.sandbox ?? null : null
  const known = seen.worktrees.find((worktree) => worktree.path === target.path)
  if (known !== undefined || seen.occupied) {
    return new WorktreeExists({
      path: target.path,
      name: target.name,
      known: known !== undefined,
      gone: known?.missing === true && !seen.occupied,
      sandbox: sandbox !== null
    })
  }
  const holder = seen.worktrees.find((worktree) => worktree.branch === target.branch)
  if (seen.branchHead !== null && (holder !== undefined || request.reuse !== true)) {
    return new BranchExists({ branch: target.branch, worktree: holder?.path ?? null })
  }
  if (sandbox !== null && seen.composeFile !== null && !seen.composeFile.present) {
    return new ComposeFileMissing({ path: seen.composeFile.path })
  }
  return {
    branch: target.branch,
    path: target.path,
    name: target.name,
    from: seen.branchHead === null ? seen.defaultBranch.ref : null,
    withSandbox: sandbox !== null,
    steps: stepsOf(seen, request, sandbox !== null)
  }
}

const stepsOf = (
  seen: ImplObservation,
  request: Pick<ImplRequest, "offline">,
  withSandbox: boolean
): ReadonlyArray<PlannedStep> => {
  const { config, defaultBranch, target } = seen
  const steps: Array<PlannedStep> = []
  if (seen.branchHead === null && defaultBranch.remote !== null && request.offline !== true) {
    steps.push({ step: "fetch", title: `fetch ${defaultBranch.name} from ${defaultBranch.remote}` })
  }
  if (withSandbox) {
    steps.push({ step: "claim-slot", title: "claim a slot", reason: "before anything is made, so that none is lost" })
  }
  steps.push({
    step: "add-worktree",
    title: seen.branchHead === null
      ? `add worktree ${target.path} on a new branch ${target.branch}`
      : `add worktree ${target.path} on branch ${target.branch}`
  })
  if (seen.isFeature) steps.push(recordStep)
  steps.push(provisionStep)
  const setup = config?.worktree.setup.length ?? 0
  if (setup > 0) steps.push(setupStep(setup))
  return withSandbox ? [...steps, ...sandboxSteps] : steps
}

/** The step that tells the feature where it is worked on. */
export const recordStep: PlannedStep = { step: "record-worktree", title: "record the worktree in the feature's log" }

/** The step that brings files and secrets. */
export const provisionStep: PlannedStep = { step: "provision", title: "copy included files, write files and secrets" }

/** The step that runs so many setup commands. */
export const setupStep = (count: number): PlannedStep => ({
  step: "setup",
  title: `run ${count} setup command${count === 1 ? "" : "s"}`
})

/** The steps that start a sandbox. */
export const launchSteps = {
  writeSlotFolder: { step: "write-slot-folder", title: "resolve the compose model and write the slot folder" },
  startContainers: { step: "start-containers", title: "build and start the containers" },
  checkHealth: { step: "check-health", title: "wait until the sandbox is healthy" }
} as const satisfies Readonly<Record<string, PlannedStep>>

/** The steps that start a sandbox, in their order. */
export const sandboxSteps: ReadonlyArray<PlannedStep> = [
  launchSteps.writeSlotFolder,
  launchSteps.startContainers,
  launchSteps.checkHealth
]
