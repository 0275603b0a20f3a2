import { Result } from "effect"
import { folderBelowCheckout } from "../project/CheckoutPath.ts"
import type { DetectedName } from "../project/Detection.ts"
import type { HealthCheck, InfraConfig, SandboxConfig } from "../project/InfraConfig.ts"
import { defaultHealthTimeout } from "../project/InfraSchema.ts"
import { type ProjectPorts, proposeStride } from "../slot/BasePorts.ts"
import { type ComposeInspection, inspectCompose } from "./ComposeInspection.ts"
import { type ComposeText, readComposeText } from "./ComposeText.ts"
import { parameterizeCompose } from "./Parameterize.ts"
import { parsePortRange } from "./PortText.ts"
import { proposePortVariables } from "./PortVariables.ts"

/** What was seen of a project before it is set up. */
export interface InitObservation {
  /** Absolute path of the main checkout. */
  readonly checkout: string
  /** The configuration file as it is; null without one. */
  readonly present: {
    readonly text: string
    readonly config: InfraConfig
    readonly warnings: ReadonlyArray<string>
  } | null
  readonly name: DetectedName
  /** Paths of compose files below the checkout, the likeliest first. */
  readonly composeFiles: ReadonlyArray<string>
  /** Files that Compose would merge by itself. */
  readonly overrideFiles: ReadonlyArray<string>
  /** Texts of compose files by their path below the checkout. */
  readonly composeTexts: Readonly<Record<string, string>>
  /** What the `.env` file of a folder below the checkout sets. */
  readonly environments: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Folders and files that services mount and that git ignores, so that a new worktree lacks them. */
  readonly ignoredMounts: ReadonlyArray<string>
  /** Base ports of all projects with claims. */
  readonly claimed: ReadonlyArray<ProjectPorts>
}

/** What `init` must know; each has a proposal. */
export interface InitAnswers {
  readonly name: string
  readonly prefix: string
  /** Below the checkout; null for worktrees without sandboxes. */
  readonly composeFile: string | null
  /** Variable name to base port. */
  readonly ports: Readonly<Record<string, number>>
  readonly health: HealthCheck | null
  readonly mounts: SandboxConfig["mounts"]
  /** Custom networks that services keep. */
  readonly networks: ReadonlyArray<string>
  readonly stride: number
  /** Rewrite the compose file so that its ports are variables. */
  readonly parameterize: boolean
}

/** The compose file that was chosen, read. */
export interface ChosenCompose {
  readonly path: string
  readonly compose: ComposeText
  readonly inspection: ComposeInspection
}

/** Reads the chosen compose file of an observation; the reason when it cannot be read; null when none is chosen. */
export const chosenCompose = (
  observation: InitObservation,
  composeFile: string | null
): Result.Result<ChosenCompose | null, string> => {
  if (composeFile === null) return Result.succeed(null)
  const text = observation.composeTexts[composeFile]
  if (text === undefined) return Result.fail(`there is no compose file ${composeFile}`)
  return Result.mapBoth(readComposeText(text), {
    onFailure: (reason) => `${composeFile}: ${reason}`,
    onSuccess: (compose) => ({
      path: composeFile,
      compose,
      inspection: inspectCompose(compose, folderBelowCheckout(composeFile), environmentOf(observation, composeFile))
    })
  })
}

/** What the `.env` file beside a compose file sets. */
const environmentOf = (
  observation: InitObservation,
  composeFile: string
): Readonly<Record<string, string>> => observation.environments[folderBelowCheckout(composeFile)] ?? {}

/**
 * All answers: those that are given, else what the project's configuration says now, else what is detected. Ports that
 * the compose file publishes and no variable has yet are added to present ones.
 */
export const proposeAnswers = (observation: InitObservation, given: Partial<InitAnswers> = {}): InitAnswers => {
  const present = observation.present?.config ?? null
  const sandbox = present?.sandbox ?? null
  const name = given.name ?? present?.project.name ?? observation.name.name
  const composeFile = given.composeFile !== undefined
    ? given.composeFile
    : present === null
    ? observation.composeFiles[0] ?? null
    : sandbox?.composeFile ?? null
  const chosen = Result.getOrElse(chosenCompose(observation, composeFile), () => null)
  const parameterize = given.parameterize ?? false
  const ports = given.ports ?? portsOf(observation, chosen, name, sandbox?.ports ?? {}, parameterize)
  const ofCompose = chosen === null || sandbox !== null ? nothing : detectedOf(chosen, observation, ports)
  return {
    name,
    prefix: given.prefix ?? present?.project.prefix ?? name,
    composeFile,
    ports,
    health: given.health !== undefined ? given.health : sandbox?.health ?? ofCompose.health,
    mounts: given.mounts ?? sandbox?.mounts ?? ofCompose.mounts,
    networks: given.networks ?? sandbox?.networks ?? ofCompose.networks,
    stride: given.stride ?? strideOf(sandbox, ports),
    parameterize
  }
}

const portsOf = (
  observation: InitObservation,
  chosen: ChosenCompose | null,
  project: string,
  present: Readonly<Record<string, number>>,
  parameterize: boolean
): Readonly<Record<string, number>> => {
  if (chosen === null) return present
  const { compose, inspection, path } = chosen
  // Services that stay in a rewritten file need variables, also those of an observability stack.
  const hidden = parameterize
    ? parameterizeCompose(compose.text, { ports: {}, observability: true }).commentedOut
    : inspection.services.filter((service) => service.isObservability).map((service) => service.name)
  const environment = environmentOf(observation, path)
  return proposePortVariables({
    project,
    services: compose.services.filter((service) => !hidden.includes(service.name)),
    present,
    environment,
    taken: [...inspection.variables, ...Object.keys(environment)]
  })
}

/** A stride that was chosen stays; else the smallest with which slots of this project do not meet. */
const strideOf = (sandbox: SandboxConfig | null, ports: Readonly<Record<string, number>>): number => {
  const isPresent = sandbox !== null && Object.keys(ports).every((name) => sandbox.ports[name] === ports[name])
  return isPresent ? sandbox.portStride : Math.max(sandbox?.portStride ?? 1, proposeStride(Object.values(ports)) ?? 1)
}

type Detected = Pick<InitAnswers, "health" | "mounts" | "networks">

const nothing: Detected = {
  health: null,
  mounts: { code: [], codeTargets: [], shared: [], sharedTargets: [] },
  networks: []
}

const detectedOf = (
  { compose, inspection }: ChosenCompose,
  observation: InitObservation,
  ports: Readonly<Record<string, number>>
): Detected => {
  const health = inspection.health.flatMap((candidate): ReadonlyArray<HealthCheck> => {
    const published = compose.services.find((service) => service.name === candidate.service)?.ports
      .find((port) => parsePortRange(port.target)?.first === candidate.port)?.published
    const base = published === undefined ? null : baseIn(published, ports)
    return base === null
      ? []
      : [{ endpoint: candidate.endpoint, portVariable: base, timeout: defaultHealthTimeout }]
  })[0] ?? null
  const ignored = inspection.mounts.filter(({ source }) => observation.ignoredMounts.includes(source))
  const shared = ignored.filter((mount, index) =>
    ignored.findIndex(({ source, target }) => source === mount.source && target === mount.target) === index
  )
  // All shared mounts go to all shared targets, so two with one place in the container cannot both be proposed.
  const isClear = new Set(shared.map(({ target }) => target)).size === shared.length
  return {
    health,
    mounts: isClear
      ? {
        ...nothing.mounts,
        shared: shared.map(({ readOnly, source, target }) => ({ source, target, readOnly })),
        sharedTargets: [...new Set(ignored.map(({ service }) => service))]
      }
      : nothing.mounts,
    networks: inspection.networks
  }
}

const baseIn = (
  published: ComposeText["services"][number]["ports"][number]["published"],
  ports: Readonly<Record<string, number>>
): string | null => {
  if (published._tag === "Variable" && Object.hasOwn(ports, published.variable)) return published.variable
  const number = published._tag === "Port"
    ? published.port
    : published._tag === "Range"
    ? published.first
    : published._tag === "Variable"
    ? published.base
    : null
  return Object.entries(ports).find(([, base]) => base === number)?.[0] ?? null
}
