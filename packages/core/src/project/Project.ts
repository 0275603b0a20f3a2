import { Context, Effect, Layer } from "effect"
import type { ConfigInvalid } from "./ConfigInvalid.ts"
import { configPath, type InfraConfig } from "./InfraConfig.ts"
import { decodeInfraFile } from "./InfraFile.ts"
import { type FileUnavailable, ProjectFiles } from "./ProjectFiles.ts"
import { projectNameFrom } from "./ProjectName.ts"
import { projectPageName, projectPagePath } from "./ProjectPage.ts"
import type { Repository } from "./Repository.ts"

/** A repository and how its worktrees and sandboxes are made. */
export interface Project {
  readonly repository: Repository
  /** Null without `.devops-ai/infra.toml`: worktrees only. */
  readonly config: InfraConfig | null
  /** Of the configuration, else of `.devops-ai/project.md`, else the main checkout's folder. */
  readonly name: string
  /** What folders of worktrees begin with. */
  readonly prefix: string
  /** Absolute path of the configuration file, whether it exists or not. */
  readonly configFile: string
  /** Remarks about the configuration, each with its line. */
  readonly warnings: ReadonlyArray<string>
}

/**
 * Finds projects. The configuration is always that of the main checkout, wherever one stands: what is mounted and
 * started must not depend on the worktree in which a command was typed.
 */
export class Projects extends Context.Service<Projects, {
  /** The project of a repository. */
  readonly of: (repository: Repository) => Effect.Effect<Project, ConfigInvalid | FileUnavailable>
  /**
   * The project of a repository, also when its configuration cannot be used: then as if there were none, with the
   * faults among the warnings. For lists that must not fail because of one project.
   */
  readonly describe: (repository: Repository) => Effect.Effect<Project>
}>()("@slipway/core/project/Project/Projects") {
  static readonly layer: Layer.Layer<Projects, never, ProjectFiles> = Layer.effect(
    Projects,
    Effect.gen(function*() {
      const files = yield* ProjectFiles

      const unconfigured = Effect.fnUntraced(function*(repository: Repository) {
        const page = yield* files.read(`${repository.main}/${projectPagePath}`)
        const name = (page === null ? null : projectPageName(page)) ?? projectNameFrom(repository.main)
        return withoutConfig(repository, name)
      })

      const of = Effect.fn("Projects.of")(function*(repository: Repository) {
        const configFile = `${repository.main}/${configPath}`
        const text = yield* files.read(configFile)
        if (text === null) return yield* unconfigured(repository)
        const { config, warnings } = yield* Effect.fromResult(decodeInfraFile(text, configFile))
        return { repository, config, ...config.project, configFile, warnings }
      })

      const describe = Effect.fn("Projects.describe")((repository: Repository) =>
        of(repository).pipe(
          Effect.catch((problem) =>
            unconfigured(repository).pipe(
              Effect.catch(() => Effect.succeed(withoutConfig(repository, projectNameFrom(repository.main)))),
              Effect.map((project) => ({ ...project, warnings: [problem.message] }))
            )
          )
        )
      )

      return Projects.of({ of, describe })
    })
  )
}

const withoutConfig = (repository: Repository, name: string): Project => ({
  repository,
  config: null,
  name,
  prefix: name,
  configFile: `${repository.main}/${configPath}`,
  warnings: []
})
