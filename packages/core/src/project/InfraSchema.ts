import { JsonSchema, Schema } from "effect"
import { defaultMilestones } from "./InfraConfig.ts"
import {
  approverKinds,
  type Artifact,
  artifacts,
  defaultGateTimeout,
  defaultLifecyclePolicy,
  type GatePhase,
  gatePhases,
  mergeStrategies,
  waivedByLightProfile
} from "./LifecyclePolicy.ts"
import { projectNamePattern, projectNameRule } from "./ProjectName.ts"

/** Names of the variables that tell a service where to send its traces, unless `[sandbox.otel]` says otherwise. */
export const defaultOtelVariables = {
  endpoint: "OTEL_EXPORTER_OTLP_ENDPOINT",
  namespace: "OTEL_RESOURCE_ATTRIBUTES"
} as const

/** Seconds that a health check waits, unless `[sandbox.health]` says otherwise. */
export const defaultHealthTimeout = 60

/** The phase of a gate that names none. */
export const defaultGatePhase: GatePhase = "implementation"

/** The largest `port_stride`. */
export const largestPortStride = 1000

/** A text that must not be empty. */
const text = (expected: string) => Schema.String.check(Schema.isNonEmpty({ expected }))

const integer = (minimum: number, maximum: number, expected: string) =>
  Schema.Number.check(Schema.isInt({ expected }), Schema.isBetween({ minimum, maximum }, { expected }))

const table = "a table"

const required = <S extends Schema.Top>(expected: string, schema: S) =>
  schema.pipe(Schema.annotateKey({ messageMissingKey: `Expected ${expected}` }))

const ProjectName = Schema.String.check(Schema.isPattern(projectNamePattern, { expected: projectNameRule }))

const Argument = Schema.String.annotate({ expected: "an argument: a string" })

const ArgumentList = Schema.Array(Argument).check(Schema.isMinLength(1, { expected: "a program and its arguments" }))

const commandRule = "an argument list such as [\"npm\", \"test\"]"

/** What `setup` and `teardown` must be, for messages. */
export const commandsRule =
  "a list of commands, each an argument list such as [\"npm\", \"ci\"], or one such argument list"

const Commands = Schema.Array(Schema.Union([Argument, ArgumentList]).annotate({ expected: commandsRule }))

const Port = integer(1, 65535, "a port from 1 to 65535")

const ProjectTable = Schema.Struct({
  name: required(
    projectNameRule,
    ProjectName.annotate({ description: "The project's name, as the slot registry and container names show it." })
  ),
  prefix: Schema.optionalKey(ProjectName.annotate({
    description: "What the folders of worktrees begin with. The project's name when absent."
  }))
})

const secondsRule = "a number of seconds above 0, at most 86400"

const Seconds = Schema.Number.check(
  Schema.isFinite({ expected: secondsRule }),
  Schema.isBetween({ minimum: 0, maximum: 86_400, exclusiveMinimum: true }, { expected: secondsRule })
)

const HealthTable = Schema.Struct({
  endpoint: required(
    "a path that begins with /",
    Schema.String.check(Schema.isPattern(/^\/\S*$/u, { expected: "a path that begins with /" })).annotate({
      description: "Path, and query if any, that answers a GET request with success once the sandbox is ready."
    })
  ),
  port_var: required(
    "a variable of [sandbox.ports]",
    text("a variable of [sandbox.ports]").annotate({
      description: "The variable of `[sandbox.ports]` whose port serves the endpoint."
    })
  ),
  timeout: Schema.optionalKey(
    Seconds.annotate({ description: "Seconds to wait for the endpoint.", default: defaultHealthTimeout })
  )
})

const MountList = Schema.Array(text("a mount such as src/:/app/src or config/:/app/config:ro"))
const Targets = Schema.Array(text("the name of a service"))

const MountsTable = Schema.Struct({
  code: Schema.optionalKey(MountList.annotate({
    description: "Folders and files of the worktree, each `source:target[:ro]`. Without a target: `/app/<name>`.",
    default: []
  })),
  code_targets: Schema.optionalKey(Targets.annotate({
    description: "Services that get the mounts of `code`.",
    default: []
  })),
  shared: Schema.optionalKey(MountList.annotate({
    description: "Folders and files of the main checkout that all sandboxes share, each `source:target[:ro]`.",
    default: []
  })),
  shared_targets: Schema.optionalKey(Targets.annotate({
    description: "Services that get the mounts of `shared`.",
    default: []
  }))
})

const OtelTable = Schema.Struct({
  endpoint_var: Schema.optionalKey(
    text("the name of a variable").annotate({
      description: "Variable that tells services where to send traces.",
      default: defaultOtelVariables.endpoint
    })
  ),
  namespace_var: Schema.optionalKey(
    text("the name of a variable").annotate({
      description: "Variable that tells services the namespace of their traces.",
      default: defaultOtelVariables.namespace
    })
  )
})

const NetworksTable = Schema.Struct({
  include: Schema.optionalKey(
    Schema.Array(text("the name of a network")).annotate({
      description: "Networks of the compose file that services keep in a sandbox.",
      default: []
    })
  )
})

const SandboxTable = Schema.Struct({
  compose_file: required(
    "the path of a compose file",
    text("the path of a compose file").annotate({ description: "The compose file, relative to the checkout." })
  ),
  compose_mode: Schema.optionalKey(
    Schema.Literals(["auto", "override", "env"]).annotate({
      expected: "one of \"auto\", \"override\", \"env\"",
      description:
        "How a slot's ports reach the compose file: `override` leaves the file as it is and needs Compose 2.24, "
        + "`env` relies on variables in it, `auto` takes `override` where it can.",
      default: "auto"
    })
  ),
  port_stride: Schema.optionalKey(
    integer(1, largestPortStride, `a whole number from 1 to ${largestPortStride}`).annotate({
      description: "How far the ports of one slot are from those of the next: port = base + slot * stride.",
      default: 1
    })
  ),
  services: Schema.optionalKey(Targets.annotate({
    description: "Services to start, with those they depend on. All when empty.",
    default: []
  })),
  profiles: Schema.optionalKey(
    Schema.Array(text("the name of a profile")).annotate({
      description: "Compose profiles to start.",
      default: []
    })
  ),
  health: Schema.optionalKey(HealthTable.annotate({
    expected: table,
    description: "How to see that a sandbox is ready. Absent: not checked."
  })),
  ports: Schema.optionalKey(
    Schema.Record(Schema.String, Port).annotate({
      expected: table,
      description: "Variable name to base port: the port that the service has on the host outside of sandboxes.",
      default: {}
    })
  ),
  mounts: Schema.optionalKey(MountsTable.annotate({
    expected: table,
    description: "Folders and files that are mounted into services."
  })),
  otel: Schema.optionalKey(OtelTable.annotate({
    expected: table,
    description: "Names of the variables that connect services to the shared observability stack."
  })),
  networks: Schema.optionalKey(NetworksTable.annotate({ expected: table, description: "Custom networks." })),
  env: Schema.optionalKey(
    Schema.Record(
      Schema.String,
      Schema.Union([Schema.String, Schema.Finite, Schema.Boolean]).annotate({
        expected: "a string, number or boolean"
      })
    ).annotate({
      expected: table,
      description: "Variables with literal values for the compose file of a sandbox.",
      default: {}
    })
  ),
  secrets: Schema.optionalKey(
    Schema.Record(
      Schema.String,
      Schema.String.check(Schema.isPattern(/^(?:\$[A-Za-z_][A-Za-z0-9_]*|\$\{[A-Za-z_][A-Za-z0-9_]*\}|op:\/\/.+)$/u, {
        expected: "$NAME for a variable of the host's environment, or op://vault/item/field"
      }))
    ).annotate({
      expected: table,
      description:
        "Variables with secret values: `$NAME` is taken from the host's environment, `op://vault/item/field` "
        + "is read with the 1Password command line. Written to a file that only its owner can read, never printed.",
      default: {}
    })
  ),
  files: Schema.optionalKey(
    Schema.Record(Schema.String, text("a path in the main checkout")).annotate({
      expected: table,
      description:
        "Files that are copied into a new worktree: destination in the worktree = source in the main checkout.",
      default: {}
    })
  )
})

const WorktreeTable = Schema.Struct({
  include: Schema.optionalKey(
    Schema.Array(text("a pattern of gitignore syntax")).annotate({
      description: "Ignored files that are copied into a new worktree, beside those of `.worktreeinclude`: patterns of "
        + "gitignore syntax.",
      default: []
    })
  ),
  setup: Schema.optionalKey(Commands.annotate({
    expected: commandsRule,
    description: "Commands that are run in a new worktree, each an argument list; asked for once.",
    default: []
  })),
  teardown: Schema.optionalKey(Commands.annotate({
    expected: commandsRule,
    description: "Commands that are run in a worktree before it is removed, each an argument list; asked for once.",
    default: []
  })),
  milestones: Schema.optionalKey(
    text("a pattern with <milestone>").annotate({
      description: "Where milestone files are, with `<feature>` and `<milestone>`; `*` and `**` match as in globs.",
      default: defaultMilestones
    })
  )
})

const oneOf = (names: ReadonlyArray<string>): string => `one of ${names.map((name) => JSON.stringify(name)).join(", ")}`

const Approvers = (artifact: Artifact) =>
  Schema.optionalKey(
    Schema.Array(Schema.Literals(approverKinds).annotate({ expected: oneOf(approverKinds) }))
      .check(Schema.isMinLength(1, { expected: "somebody: \"agent\", \"human\" or both" }))
      .annotate({
        description: `Who may approve, reject and waive the ${artifact}. No agent ever approves what it wrote itself.`,
        default: defaultLifecyclePolicy.approvers[artifact]
      })
  )

const ApproversTable = Schema.Struct({
  spec: Approvers("spec"),
  design: Approvers("design"),
  tasks: Approvers("tasks"),
  "qa-plan": Approvers("qa-plan"),
  review: Approvers("review"),
  audit: Approvers("audit"),
  "qa-results": Approvers("qa-results")
})

const gateNameRule = "a name of 1 to 64 letters, digits, ., _ and -, not beginning with . or -"

const Command = ArgumentList.annotate({ expected: commandRule })

const GateTable = Schema.Struct({
  name: required(
    gateNameRule,
    Schema.String.check(Schema.isPattern(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/u, { expected: gateNameRule })).annotate({
      description: "The gate's name, unique in the project."
    })
  ),
  phase: Schema.optionalKey(
    Schema.Literals(gatePhases).annotate({
      expected: oneOf(gatePhases),
      description: "The phase that is not passed before the gate is green.",
      default: defaultGatePhase
    })
  ),
  command: required(
    commandRule,
    Command.annotate({ description: "The gate: a command that ends with 0 at the head of the feature's branch." })
  ),
  timeout: Schema.optionalKey(
    Seconds.annotate({ description: "Seconds that it may take.", default: defaultGateTimeout })
  )
})

const DeployTable = Schema.Struct({
  command: required(
    commandRule,
    Command.annotate({ description: "What deploys the default branch; run in the main checkout." })
  ),
  timeout: Schema.optionalKey(
    Seconds.annotate({ description: "Seconds that it may take.", default: defaultGateTimeout })
  )
})

const LifecycleTable = Schema.Struct({
  profile: Schema.optionalKey(
    Schema.Literals(["standard", "light"]).annotate({
      expected: oneOf(["standard", "light"]),
      description: `\`light\` waives for each new feature what a small change does not need: ${
        waivedByLightProfile.join(", ")
      }. Each waiver is in the feature's log and can be revoked.`,
      default: defaultLifecyclePolicy.profile
    })
  ),
  waivable: Schema.optionalKey(
    Schema.Array(Schema.Literals(artifacts).annotate({ expected: oneOf(artifacts) })).annotate({
      description: "What may be waived, each time with a reason.",
      default: defaultLifecyclePolicy.waivable
    })
  ),
  self_approval: Schema.optionalKey(
    Schema.Boolean.annotate({
      expected: "true or false",
      description: "Whether a human may approve what they wrote themselves; it is recorded as self-approved.",
      default: defaultLifecyclePolicy.selfApproval
    })
  ),
  merge: Schema.optionalKey(
    Schema.Literals(mergeStrategies).annotate({
      expected: oneOf(mergeStrategies),
      description: "How a feature's branch gets into the default branch.",
      default: defaultLifecyclePolicy.merge
    })
  ),
  approvers: Schema.optionalKey(ApproversTable.annotate({
    expected: table,
    description: "Who may approve what, by artifact."
  })),
  gates: Schema.optionalKey(
    Schema.Array(GateTable.annotate({ expected: table, description: "A gate of a phase." })).annotate({
      expected: "a list of tables, each [[lifecycle.gates]]",
      description: "Commands that must end well at the head of a feature's branch before a phase is passed.",
      default: []
    })
  ),
  deploy: Schema.optionalKey(DeployTable.annotate({
    expected: table,
    description: "The project's deployment. Absent: deployments are made elsewhere, and recorded."
  }))
})

/** The shape of `.devops-ai/infra.toml` as it stands in the file. */
export const InfraFile = Schema.Struct({
  project: required(
    "a table with the project's name",
    ProjectTable.annotate({ expected: table, description: "The project." })
  ),
  sandbox: Schema.optionalKey(SandboxTable.annotate({
    expected: table,
    description: "Containers for each implementation worktree. Absent: worktrees only."
  })),
  worktree: Schema.optionalKey(WorktreeTable.annotate({ expected: table, description: "What a new worktree gets." })),
  lifecycle: Schema.optionalKey(LifecycleTable.annotate({
    expected: table,
    description: "How features live in the project: what is needed, who approves it, and what must be green."
  }))
}).annotate({ expected: table, title: "infra.toml", description: "Configuration of a project." })
export interface InfraFile extends Schema.Schema.Type<typeof InfraFile> {}

/**
 * JSON Schema (draft 7) of `.devops-ai/infra.toml`, with a description and the default of every key: for editors and
 * for the configuration reference. Unknown keys are allowed, as another tool may own them.
 */
export const infraJsonSchema = (): Readonly<Record<string, unknown>> => {
  const document = JsonSchema.toDocumentDraft07(Schema.toJsonSchemaDocument(InfraFile))
  const definitions = Object.keys(document.definitions).length === 0 ? {} : { definitions: document.definitions }
  return { $schema: JsonSchema.META_SCHEMA_URI_DRAFT_07, ...document.schema, ...definitions }
}
