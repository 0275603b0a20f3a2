import { SpecProjects } from "@slipway/core"
import { Effect } from "effect"
import type { CallOptions } from "./CallOptions.ts"
import type { Projects } from "./ProjectTypes.ts"

/** Runs an effect over the services of a client. */
type Call = <A, E>(effect: Effect.Effect<A, E, SpecProjects>, options?: CallOptions) => Promise<A>

/** The spec projects of one folder's repository, for programs without Effect. */
export const projectsClient = (directory: string, call: Call): Projects => ({
  create: (name, options) => {
    const request = {
      directory,
      name,
      format: options.format,
      ...(options.title === undefined ? {} : { displayName: options.title }),
      ...(options.description === undefined ? {} : { description: options.description }),
      ...(options.tags === undefined ? {} : { tags: options.tags })
    }
    return call(
      SpecProjects.use((projects) => options.dryRun === true ? projects.planCreate(request) : projects.create(request)),
      options
    )
  },
  list: (options) => call(SpecProjects.use((projects) => projects.list({ directory })), options),
  show: (name, options) => call(SpecProjects.use((projects) => projects.show({ directory, name })), options),
  migrate: (options = {}) =>
    call(
      SpecProjects.use((projects) =>
        options.dryRun === true ? projects.planMigration({ directory }) : projects.migrate({ directory })
      ),
      options
    ),
  doctor: (options = {}) =>
    call(
      Effect.map(
        SpecProjects.use((projects) => projects.doctor({ directory, fix: options.fix === true })),
        (report) => ({
          ...report,
          findings: report.findings.map(({ actions, ...finding }) => ({ ...finding, fixable: actions.length > 0 }))
        })
      ),
      options
    )
})
