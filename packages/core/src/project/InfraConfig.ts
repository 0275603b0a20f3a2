import type { CommandLine } from "./CommandLine.ts"
import type { LifecyclePolicy } from "./LifecyclePolicy.ts"

/**
 * `.devops-ai/infra.toml` after decoding: every default filled in. The file's own shape and its decoding are in
 * `InfraFile.ts`.
 */

/** One mount: a path of the checkout, relative and with `/`, to an absolute path in the container. */
export interface Mount {
  readonly source: string
  readonly target: string
  readonly readOnly: boolean
}

/** `[sandbox.health]`. */
export interface HealthCheck {
  /** Path and query, beginning with `/`. */
  readonly endpoint: string
  /** A name of `[sandbox.ports]`. */
  readonly portVariable: string
  /** Seconds; 60 by default. */
  readonly timeout: number
}

/** How a slot's ports reach the compose file. */
export type ComposeMode = "auto" | "override" | "env"

/** `[sandbox]` and its sections. */
export interface SandboxConfig {
  /** Relative to the checkout, with `/`. */
  readonly composeFile: string
  readonly composeMode: ComposeMode
  /** 1 to 1000. */
  readonly portStride: number
  /** Variable name to base port, in the file's order. */
  readonly ports: Readonly<Record<string, number>>
  readonly health: HealthCheck | null
  /** Limits what is started; all when empty. */
  readonly services: ReadonlyArray<string>
  readonly profiles: ReadonlyArray<string>
  readonly mounts: {
    readonly code: ReadonlyArray<Mount>
    readonly codeTargets: ReadonlyArray<string>
    readonly shared: ReadonlyArray<Mount>
    readonly sharedTargets: ReadonlyArray<string>
  }
  readonly otel: { readonly endpointVariable: string; readonly namespaceVariable: string }
  /** Custom networks of the compose file that services keep, beside their own. */
  readonly networks: ReadonlyArray<string>
  /** Literal values for the sandbox. */
  readonly env: Readonly<Record<string, string>>
  /** `$NAME` of the host's environment, or `op://…`; never printed. */
  readonly secrets: Readonly<Record<string, string>>
  /** Destination in the worktree to source in the main checkout; both relative, with `/`. */
  readonly files: Readonly<Record<string, string>>
}

/** `[worktree]`. */
export interface WorktreeConfig {
  /** gitignore patterns of ignored files that are copied into a new worktree. */
  readonly include: ReadonlyArray<string>
  readonly setup: ReadonlyArray<CommandLine>
  readonly teardown: ReadonlyArray<CommandLine>
  /** Glob of milestone files below the repository, with `<feature>` and `<milestone>`. */
  readonly milestones: string
}

/** A project's configuration. */
export interface InfraConfig {
  readonly project: { readonly name: string; readonly prefix: string }
  /** Null for a project of worktrees only. */
  readonly sandbox: SandboxConfig | null
  readonly worktree: WorktreeConfig
  readonly lifecycle: LifecyclePolicy
}

/** Where the configuration is, below a checkout. */
export const configPath = ".devops-ai/infra.toml"

/** The seed's pattern for milestone files. */
export const defaultMilestones = "docs/designs/<feature>/implementation/<milestone>*.md"
