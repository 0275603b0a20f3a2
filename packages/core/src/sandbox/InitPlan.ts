import { Result } from "effect"
import { checkoutPath } from "../project/CheckoutPath.ts"
import { configPath, defaultMilestones, type InfraConfig, type SandboxConfig } from "../project/InfraConfig.ts"
import { decodeInfraFile } from "../project/InfraFile.ts"
import { editInfraFile, renderInfraFile } from "../project/InfraFileEdit.ts"
import { defaultOtelVariables } from "../project/InfraSchema.ts"
import { defaultLifecyclePolicy } from "../project/LifecyclePolicy.ts"
import { nearBasePorts, proposeStride } from "../slot/BasePorts.ts"
import { type ChosenCompose, chosenCompose, type InitAnswers, type InitObservation } from "./InitAnswers.ts"
import { InitRefused } from "./InitRefused.ts"
import { parameterizeCompose, type ParameterizedCompose } from "./Parameterize.ts"
import { baseOf } from "./PortText.ts"

/** A file that is to be written. */
export interface FileChange {
  /** Absolute. */
  readonly path: string
  /** Null when there is none. */
  readonly before: string | null
  readonly after: string
}

/** What `init` is going to do. */
export interface InitPlan {
  readonly checkout: string
  readonly answers: InitAnswers
  readonly config: InfraConfig
  /** Only files that really change: none when the project is set up like this already. */
  readonly files: ReadonlyArray<FileChange>
  /** Whether the network of the shared observability stack is needed. */
  readonly needsNetwork: boolean
  /** Services that are commented out of the compose file. */
  readonly commentedOut: ReadonlyArray<string>
  readonly warnings: ReadonlyArray<string>
}

/** What is to be written for some answers: nothing that was edited by hand is lost. */
export const planInit = (
  observation: InitObservation,
  answers: InitAnswers
): Result.Result<InitPlan, InitRefused> =>
  Result.flatMap(
    Result.mapError(chosenCompose(observation, answers.composeFile), (reason) => refused([reason])),
    (chosen) => {
      const config = configOf(observation, answers)
      const path = `${observation.checkout}/${configPath}`
      const text = observation.present === null
        ? Result.succeed(renderInfraFile(config))
        : Result.mapError(editInfraFile(observation.present.text, config, path), (error) => refused([error.message]))
      return Result.flatMap(text, (after) => {
        const decoded = decodeInfraFile(after, path)
        if (Result.isFailure(decoded)) {
          return Result.fail(refused(decoded.failure.faults.map(({ expected, field, found }) =>
            `${field}: expected ${expected}, ${found === null ? "but it is missing" : `found ${found}`}`
          )))
        }
        const rewritten = rewrittenCompose(chosen, answers)
        const files: ReadonlyArray<FileChange> = [
          { path, before: observation.present?.text ?? null, after },
          ...(chosen === null || rewritten === null
            ? []
            : [{
              path: `${observation.checkout}/${chosen.path}`,
              before: chosen.compose.text,
              after: rewritten.text
            }])
        ]
        return Result.succeed({
          checkout: observation.checkout,
          answers,
          config: decoded.success.config,
          files: files.filter(({ after: next, before }) =>
            next !== before
          ),
          needsNetwork: config.sandbox !== null,
          commentedOut: rewritten?.commentedOut ?? [],
          warnings: [
            ...decoded.success.warnings,
            ...(chosen === null ? noCompose(observation) : composeWarnings(observation, chosen, answers, rewritten)),
            ...portWarnings(observation, answers)
          ]
        })
      })
    }
  )

const refused = (reasons: ReadonlyArray<string>): InitRefused => new InitRefused({ reasons })

const rewrittenCompose = (chosen: ChosenCompose | null, answers: InitAnswers): ParameterizedCompose | null =>
  chosen === null || !answers.parameterize
    ? null
    : parameterizeCompose(chosen.compose.text, { ports: answers.ports, observability: true })

const configOf = ({ present }: InitObservation, answers: InitAnswers): InfraConfig => ({
  project: { name: answers.name, prefix: answers.prefix },
  sandbox: answers.composeFile === null ? null : {
    ...(present?.config.sandbox ?? emptySandbox),
    // A path that leads out of the checkout stays as it is, for decoding to refuse.
    composeFile: checkoutPath(answers.composeFile) ?? answers.composeFile,
    portStride: answers.stride,
    ports: answers.ports,
    health: answers.health,
    mounts: answers.mounts,
    networks: answers.networks
  },
  worktree: present?.config.worktree ?? { include: [], setup: [], teardown: [], milestones: defaultMilestones },
  lifecycle: present?.config.lifecycle ?? defaultLifecyclePolicy
})

const emptySandbox: SandboxConfig = {
  composeFile: "",
  composeMode: "auto",
  portStride: 1,
  ports: {},
  health: null,
  services: [],
  profiles: [],
  mounts: { code: [], codeTargets: [], shared: [], sharedTargets: [] },
  otel: { endpointVariable: defaultOtelVariables.endpoint, namespaceVariable: defaultOtelVariables.namespace },
  networks: [],
  env: {},
  secrets: {},
  files: {}
}

const noCompose = ({ composeFiles }: InitObservation): ReadonlyArray<string> =>
  composeFiles.length === 0
    ? ["there is no compose file: worktrees have no sandboxes"]
    : [`${composeFiles.join(", ")} not used: worktrees have no sandboxes`]

const composeWarnings = (
  observation: InitObservation,
  chosen: ChosenCompose,
  answers: InitAnswers,
  rewritten: ParameterizedCompose | null
): ReadonlyArray<string> => {
  const { compose, inspection, path } = chosen
  const config = observation.present?.config.sandbox
  const given = new Set([...Object.keys(config?.env ?? {}), ...Object.keys(config?.secrets ?? {})])
  const observability = inspection.services.filter(({ isObservability }) => isObservability).map(({ name }) => name)
  const unmapped = compose.services.filter(({ isObservability }) => !isObservability).flatMap((service) =>
    service.ports.map((port) => ({ service: service.name, base: baseOf(port.published) }))
      .filter(({ base }) => base !== null && !Object.values(answers.ports).includes(base))
  )
  const numbers = new Set(compose.services.flatMap(({ ports }) => ports.flatMap(publishedNumbers)))
  return [
    ...inspection.hostVariables.filter((name) => !given.has(name) && !Object.hasOwn(answers.ports, name)).map((name) =>
      `${path} needs ${name}, which has no default: give it under [sandbox.env] or [sandbox.secrets], or in the `
      + "environment of each impl"
    ),
    ...inspection.warnings,
    ...unmapped.map(({ base, service }) =>
      `${service}: port ${base} has no variable, so sandboxes get another port for it each time`
    ),
    ...Object.entries(answers.ports).filter(([name, base]) =>
      !numbers.has(base) && !inspection.variables.includes(name)
    ).map(([name, base]) => `${name} = ${base}: no service publishes that port`),
    ...observation.overrideFiles.map((file) => `${file} is no part of sandboxes: only ${path} is`),
    ...(rewritten?.warnings ?? []),
    ...(rewritten === null && observability.length > 0
      ? [`${observability.join(", ")}: the shared observability stack stands in; --parameterize comments them out`]
      : []),
    ...(rewritten !== null && rewritten.text !== compose.text
      ? [`commit ${path}: worktrees start from what is committed`]
      : [])
  ]
}

const publishedNumbers = (
  port: ChosenCompose["compose"]["services"][number]["ports"][number]
): ReadonlyArray<number> => {
  const { published } = port
  if (published._tag === "Range") {
    return Array.from({ length: published.last - published.first + 1 }, (_, index) => published.first + index)
  }
  const base = baseOf(published)
  return base === null ? [] : [base]
}

const portWarnings = (observation: InitObservation, answers: InitAnswers): ReadonlyArray<string> => {
  const bases = Object.values(answers.ports)
  const near = nearBasePorts({ project: answers.name, basePorts: answers.ports, stride: answers.stride }, [
    ...observation.claimed
  ])
  const smallest = proposeStride(bases)
  return [
    ...near.map(({ base, other, variable }) =>
      `${variable} = ${base} is near ${other.variable} = ${other.base} of ${other.project}: a slot whose port is taken is `
      + "skipped"
    ),
    ...(answers.stride === 1 && smallest !== 1 && bases.length > 1
      ? [
        `slots of this project can want each other's ports${
          smallest === null ? "" : `; with port_stride = ${smallest} they cannot`
        }`
      ]
      : [])
  ]
}
