import { Schema } from "effect"

const shown = (names: ReadonlyArray<string>): string =>
  names.length > 10 ? `${names.slice(0, 10).join(", ")} and ${names.length - 10} more` : names.join(", ")

/** No project goes by a name. */
export class SpecProjectMissing extends Schema.TaggedError<SpecProjectMissing>()("SpecProjectMissing", {
  name: Schema.String,
  /** The projects that there are. */
  known: Schema.Array(Schema.String)
}) {
  readonly code = "spec-project-missing" as const
  override get message(): string {
    return `there is no project ${this.name} in .ai/projects`
  }
  get hint(): string {
    return this.known.length === 0
      ? `\`slipway project create ${this.name} --format kiro\` makes it`
      : `the projects are ${shown(this.known)}`
  }
}

/** A project goes by that name already. */
export class SpecProjectExists extends Schema.TaggedError<SpecProjectExists>()("SpecProjectExists", {
  name: Schema.String,
  /** Of the project that there is. */
  format: Schema.NullOr(Schema.Literals(["kiro", "codev"]))
}) {
  readonly code = "spec-project-exists" as const
  override get message(): string {
    return `there is a project ${this.name} already${this.format === null ? "" : `, in the format of ${this.format}`}`
  }
  get hint(): string {
    return `\`slipway project show ${this.name}\` shows it; a project has one format, and keeps it`
  }
}

/** A tool's own folder is where the project's link belongs: it was never moved to `.ai/projects`. */
export class SpecNotMigrated extends Schema.TaggedError<SpecNotMigrated>()("SpecNotMigrated", {
  name: Schema.String,
  path: Schema.String
}) {
  readonly code = "spec-not-migrated" as const
  override get message(): string {
    return `${this.path} holds a spec that is not in .ai/projects yet`
  }
  get hint(): string {
    return "`slipway project migrate --dry-run` shows how it would be moved, `slipway project migrate` moves it"
  }
}

/** A path that belongs to projects is a link that leads elsewhere: nothing is written through it. */
export class SpecLinkElsewhere extends Schema.TaggedError<SpecLinkElsewhere>()("SpecLinkElsewhere", {
  path: Schema.String,
  target: Schema.String
}) {
  readonly code = "spec-link-elsewhere" as const
  override get message(): string {
    return `${this.path} is a link to ${this.target}; nothing is written through it`
  }
  get hint(): string {
    return "remove the link, or put in its place what it leads to"
  }
}

/** Something else is in the way of a project's folder, link or pointer file. */
export class SpecPathTaken extends Schema.TaggedError<SpecPathTaken>()("SpecPathTaken", {
  path: Schema.String,
  reason: Schema.String
}) {
  readonly code = "spec-path-taken" as const
  override get message(): string {
    return `${this.path} is in the way: ${this.reason}`
  }
  get hint(): string {
    return "move it away, then try again"
  }
}

/** A project's `metadata.json` cannot be read. It is left as it is. */
export class SpecMetadataInvalid extends Schema.TaggedError<SpecMetadataInvalid>()("SpecMetadataInvalid", {
  path: Schema.String,
  reason: Schema.String
}) {
  readonly code = "spec-metadata-invalid" as const
  override get message(): string {
    return `${this.path} cannot be read: ${this.reason}`
  }
  get hint(): string {
    return "mend it by hand, or move it away: `slipway project doctor --fix` then writes it anew"
  }
}

/** What stands in the way of making or changing a project. */
export type SpecRefusal =
  | SpecLinkElsewhere
  | SpecMetadataInvalid
  | SpecNotMigrated
  | SpecPathTaken
  | SpecProjectExists
