import { Schema } from "effect"
import { artifacts } from "../project/LifecyclePolicy.ts"

const ArtifactName = Schema.Literals(artifacts)

/** There is no feature of that name. */
export class FeatureMissing extends Schema.TaggedError<FeatureMissing>()("FeatureMissing", {
  feature: Schema.String,
  /** The name that was probably meant; null without one. */
  meant: Schema.NullOr(Schema.String)
}) {
  readonly code = "feature-missing" as const
  override get message(): string {
    return `there is no feature ${this.feature}`
  }
  get hint(): string {
    const all = "`slipway feature list` shows all"
    return this.meant === null
      ? `${all}, \`slipway feature create ${this.feature}\` begins it`
      : `did you mean ${this.meant}? ${all}`
  }
}

/** There is a feature of that name already. */
export class FeatureExists extends Schema.TaggedError<FeatureExists>()("FeatureExists", { feature: Schema.String }) {
  readonly code = "feature-exists" as const
  override get message(): string {
    return `there is a feature ${this.feature} already`
  }
  get hint(): string {
    return `\`slipway feature show ${this.feature}\` shows it; take another name for another feature`
  }
}

/** The text of an artifact is not where it belongs. */
export class ArtifactMissing extends Schema.TaggedError<ArtifactMissing>()("ArtifactMissing", {
  feature: Schema.String,
  artifact: ArtifactName,
  path: Schema.String
}) {
  readonly code = "artifact-missing" as const
  override get message(): string {
    return `there is no ${this.artifact} of ${this.feature}: ${this.path} does not exist`
  }
  get hint(): string {
    return `write ${this.path}, then \`slipway feature submit ${this.feature} ${this.artifact}\``
  }
}

/** The text of an artifact cannot be taken. */
export class ArtifactInvalid extends Schema.TaggedError<ArtifactInvalid>()("ArtifactInvalid", {
  artifact: ArtifactName,
  path: Schema.String,
  reason: Schema.String,
  advice: Schema.String
}) {
  readonly code = "artifact-invalid" as const
  override get message(): string {
    return `${this.path} cannot be taken as ${this.artifact}: ${this.reason}`
  }
  get hint(): string {
    return this.advice
  }
}

/** Somebody may not approve, reject or waive this. */
export class ApprovalRefused extends Schema.TaggedError<ApprovalRefused>()("ApprovalRefused", {
  feature: Schema.String,
  artifact: ArtifactName,
  /** What was tried: approve, reject, waive. */
  verb: Schema.String,
  actor: Schema.String,
  reason: Schema.String,
  /** Who may, in words. */
  who: Schema.String
}) {
  readonly code = "approval-refused" as const
  override get message(): string {
    return `${this.actor} may not ${this.verb} the ${this.artifact} of ${this.feature}: ${this.reason}`
  }
  get hint(): string {
    return `it can be done by ${this.who}`
  }
}

/** The project does not let this be waived. */
export class WaiverRefused extends Schema.TaggedError<WaiverRefused>()("WaiverRefused", {
  artifact: ArtifactName,
  waivable: Schema.Array(Schema.String)
}) {
  readonly code = "waiver-refused" as const
  override get message(): string {
    return `the ${this.artifact} cannot be waived in this project`
  }
  get hint(): string {
    const can = this.waivable.length === 0 ? "nothing can" : `${this.waivable.join(", ")} can`
    return `${can}; waivable in [lifecycle] of .devops-ai/infra.toml says what`
  }
}

/** A feature does not stand so that this could be done. */
export class FeatureConflict extends Schema.TaggedError<FeatureConflict>()("FeatureConflict", {
  feature: Schema.String,
  reason: Schema.String,
  advice: Schema.String
}) {
  readonly code = "feature-conflict" as const
  override get message(): string {
    return `${this.feature}: ${this.reason}`
  }
  get hint(): string {
    return this.advice
  }
}

/** What was given is no evidence. */
export class EvidenceRefused extends Schema.TaggedError<EvidenceRefused>()("EvidenceRefused", {
  feature: Schema.String,
  reason: Schema.String,
  advice: Schema.String
}) {
  readonly code = "evidence-refused" as const
  override get message(): string {
    return `that is no evidence for ${this.feature}: ${this.reason}`
  }
  get hint(): string {
    return this.advice
  }
}

/** A feature has no branch yet. */
export class BranchMissing extends Schema.TaggedError<BranchMissing>()("BranchMissing", {
  feature: Schema.String,
  /** The branch that it should have; null while none is recorded. */
  branch: Schema.NullOr(Schema.String)
}) {
  readonly code = "branch-missing" as const
  override get message(): string {
    return this.branch === null
      ? `${this.feature} has no branch yet`
      : `the branch ${this.branch} of ${this.feature} does not exist`
  }
  get hint(): string {
    return `\`slipway impl ${this.feature}\` makes a worktree with a branch for it`
  }
}

/** A feature has no such task. */
export class TaskMissing extends Schema.TaggedError<TaskMissing>()("TaskMissing", {
  feature: Schema.String,
  task: Schema.String,
  known: Schema.Array(Schema.String)
}) {
  readonly code = "task-missing" as const
  override get message(): string {
    return `${this.feature} has no task ${this.task}`
  }
  get hint(): string {
    return this.known.length === 0
      ? `it has no task at all: \`slipway feature submit ${this.feature} tasks\` reads them from tasks.md`
      : `its tasks are ${this.known.join(", ")}`
  }
}

/** A feature has no such comment. */
export class CommentMissing extends Schema.TaggedError<CommentMissing>()("CommentMissing", {
  feature: Schema.String,
  comment: Schema.String,
  open: Schema.Array(Schema.String)
}) {
  readonly code = "comment-missing" as const
  override get message(): string {
    return `${this.feature} has no comment ${this.comment}`
  }
  get hint(): string {
    return this.open.length === 0 ? "it has no open comment" : `its open comments are ${this.open.join(", ")}`
  }
}

/** Something would wait for itself. */
export class DependencyCycle extends Schema.TaggedError<DependencyCycle>()("DependencyCycle", {
  /** What waits for what, the first again at the end. */
  path: Schema.Array(Schema.String)
}) {
  readonly code = "dependency-cycle" as const
  override get message(): string {
    return `that would be a cycle: ${this.path.join(" → ")}`
  }
  get hint(): string {
    return "take one of these dependencies away first, with --remove"
  }
}

/** A text that has to be given is empty or too long. */
export class TextInvalid extends Schema.TaggedError<TextInvalid>()("TextInvalid", {
  /** Such as `reason`. */
  what: Schema.String,
  reason: Schema.String
}) {
  readonly code = "text-invalid" as const
  override get message(): string {
    return `the ${this.what} ${this.reason}`
  }
  get hint(): string {
    return this.what === "reason" || this.what === "answer"
      ? `say it in a sentence or two, with --${this.what}`
      : "say it in a sentence or two"
  }
}

/** A command of the project, a gate or a deployment, did not end well. What came of it is recorded. */
export class ProjectCommandFailed extends Schema.TaggedError<ProjectCommandFailed>()("ProjectCommandFailed", {
  /** Such as `the gate test`. */
  what: Schema.String,
  /** Null when it did not end in time. */
  exitCode: Schema.NullOr(Schema.Int),
  /** Its output: a file below the main checkout. */
  output: Schema.String
}) {
  readonly code = "project-command-failed" as const
  override get message(): string {
    return this.exitCode === null
      ? `${this.what} did not end in time`
      : `${this.what} ended with exit code ${this.exitCode}`
  }
  get hint(): string {
    return `its output is in ${this.output}`
  }
}

/** The project has no such gate. */
export class GateMissing extends Schema.TaggedError<GateMissing>()("GateMissing", {
  gate: Schema.String,
  known: Schema.Array(Schema.String)
}) {
  readonly code = "gate-missing" as const
  override get message(): string {
    return `the project has no gate ${this.gate}`
  }
  get hint(): string {
    return `the gates are ${this.known.join(", ")}`
  }
}

/** The branches conflict; nothing was merged. */
export class MergeConflict extends Schema.TaggedError<MergeConflict>()("MergeConflict", {
  feature: Schema.String,
  branch: Schema.String,
  into: Schema.String,
  files: Schema.Array(Schema.String)
}) {
  readonly code = "merge-conflict" as const
  override get message(): string {
    return `${this.branch} and ${this.into} conflict, nothing was merged:\n${
      this.files.map((file) => `  ${file}`).join("\n")
    }`
  }
  get hint(): string {
    return `in the worktree of ${this.branch}, run \`git merge ${this.into}\`, resolve the files and commit; then review it again`
  }
}

/** The project says nothing about how it is deployed. */
export class DeploymentUnconfigured extends Schema.TaggedError<DeploymentUnconfigured>()("DeploymentUnconfigured", {
  feature: Schema.String
}) {
  readonly code = "deployment-unconfigured" as const
  override get message(): string {
    return "the project has no command that deploys it"
  }
  get hint(): string {
    return "set command in [lifecycle.deploy] of .devops-ai/infra.toml, or record a deployment made elsewhere: "
      + `\`slipway feature deploy ${this.feature} --record URL\``
  }
}

/** Somebody else changed the feature meanwhile. */
export class RevisionConflict extends Schema.TaggedError<RevisionConflict>()("RevisionConflict", {
  feature: Schema.String,
  expected: Schema.Int,
  actual: Schema.Int
}) {
  readonly code = "revision-conflict" as const
  override get message(): string {
    return `${this.feature} is at revision ${this.actual}, not ${this.expected}`
  }
  get hint(): string {
    return `\`slipway feature next ${this.feature}\` shows how it stands now`
  }
}

/** An idempotency key was used for another command before. */
export class KeyReused extends Schema.TaggedError<KeyReused>()("KeyReused", {
  feature: Schema.String,
  key: Schema.String,
  revision: Schema.Int
}) {
  readonly code = "key-reused" as const
  override get message(): string {
    return `the idempotency key ${
      JSON.stringify(this.key)
    } was used for another command of ${this.feature}, event ${this.revision}`
  }
  get hint(): string {
    return "take a new key for a new command"
  }
}

/** Why a command is refused. A refused command leaves no trace. */
export type FeatureRefusal =
  | ApprovalRefused
  | ArtifactInvalid
  | ArtifactMissing
  | BranchMissing
  | CommentMissing
  | DependencyCycle
  | EvidenceRefused
  | FeatureConflict
  | FeatureExists
  | GateMissing
  | KeyReused
  | RevisionConflict
  | TaskMissing
  | TextInvalid
  | WaiverRefused
