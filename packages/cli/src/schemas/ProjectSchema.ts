import { specFindingKinds } from "@slipway/core"
import { Schema } from "effect"
import { Count, StepOutput } from "./Parts.ts"

const Format = Schema.Literals(["kiro", "codev"])

const projectFields = {
  name: Schema.String.annotate({ description: "Name of its folder in .ai/projects" }),
  displayName: Schema.String,
  path: Schema.String.annotate({ description: "Absolute path of its folder" }),
  format: Schema.optionalKey(Format.annotate({ description: "Absent for a project that belongs to no tool" })),
  status: Schema.String.annotate({ description: "new, in-progress, complete, or the phase of a feature" }),
  artifacts: Schema.Array(Schema.String).annotate({ description: "Those that are there" }),
  tasks: Schema.optionalKey(
    Schema.Struct({ done: Count, total: Count, optionalDone: Count, optionalTotal: Count }).annotate({
      description: "Boxes of its checklist, without those that only group others; absent without a checklist"
    })
  ),
  codevNumber: Schema.optionalKey(Schema.String),
  tags: Schema.Array(Schema.String),
  repository: Schema.optionalKey(Schema.String),
  description: Schema.optionalKey(Schema.String),
  created: Schema.NullOr(Schema.String),
  updated: Schema.NullOr(Schema.String),
  problem: Schema.optionalKey(Schema.String.annotate({ description: "What is wrong with it; absent when nothing is" }))
}

/** `data` of `project create`. */
export const ProjectCreateSchema = Schema.Struct({
  dryRun: Schema.Boolean,
  project: Schema.Struct(projectFields),
  steps: Schema.Array(StepOutput).annotate({ description: "What was, or would be, carried out" })
})

/** `data` of `project list`. */
export const ProjectListSchema = Schema.Struct({ projects: Schema.Array(Schema.Struct(projectFields)) })

/** `data` of `project show`. */
export const ProjectShowSchema = Schema.Struct({
  ...projectFields,
  tasksFile: Schema.optionalKey(Schema.String.annotate({ description: "Absolute path of its checklist" })),
  items: Schema.Array(Schema.Struct({
    line: Schema.Int.annotate({ description: "From 1" }),
    depth: Count,
    label: Schema.optionalKey(Schema.String.annotate({ description: "Such as 1.2" })),
    title: Schema.String,
    checked: Schema.Boolean,
    optional: Schema.Boolean,
    group: Schema.Boolean.annotate({ description: "Whether other items are nested below it" }),
    requirements: Schema.Array(Schema.String),
    details: Schema.Array(Schema.String)
  }))
})

/** `data` of `project migrate`. */
export const ProjectMigrateSchema = Schema.Struct({
  dryRun: Schema.Boolean,
  projects: Schema.Array(Schema.Struct({
    name: Schema.String,
    format: Format,
    from: Schema.Array(Schema.String).annotate({
      description: "What is moved, from the main checkout; empty when only links or pointer files were missing"
    })
  })),
  left: Schema.Array(Schema.Struct({ path: Schema.String, reason: Schema.String })).annotate({
    description: "What stays where it is, and why"
  }),
  steps: Schema.Array(StepOutput),
  failures: Schema.Array(Schema.Struct({ name: Schema.String, message: Schema.String })).annotate({
    description: "Projects whose move failed on the way; the exit code is 1 then, and the next run goes on"
  })
})

/** `data` of `project doctor`. */
export const ProjectDoctorSchema = Schema.Struct({
  fixed: Schema.Boolean,
  findings: Schema.Array(Schema.Struct({
    kind: Schema.Literals(specFindingKinds),
    subject: Schema.String,
    evidence: Schema.String,
    actions: Schema.Array(Schema.String).annotate({ description: "What --fix does; empty when a person decides" }),
    hint: Schema.optionalKey(Schema.String)
  })),
  steps: Schema.Array(StepOutput).annotate({ description: "What was, or would be, carried out" }),
  failures: Schema.Array(Schema.Struct({ subject: Schema.String, message: Schema.String })).annotate({
    description: "Findings that could not be mended; the exit code is 1 then"
  })
})
