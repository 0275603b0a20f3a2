import { Context, Effect, Layer } from "effect"
import type { JournalUnavailable, PlannedStep } from "../operation/Journal.ts"
import { Operations } from "../operation/Operations.ts"
import { checkoutPath, folderBelowCheckout } from "../project/CheckoutPath.ts"
import type { ConfigInvalid } from "../project/ConfigInvalid.ts"
import { composeFilesAmong, detectName, isOverrideFile } from "../project/Detection.ts"
import { parseEnvFile } from "../project/EnvFile.ts"
import { configPath, type InfraConfig } from "../project/InfraConfig.ts"
import { decodeInfraFile } from "../project/InfraFile.ts"
import { type FileUnavailable, ProjectFiles } from "../project/ProjectFiles.ts"
import { projectPagePath } from "../project/ProjectPage.ts"
import type { NotARepository, Repository } from "../project/Repository.ts"
import { claimedBasePorts } from "../slot/BasePorts.ts"
import { type RegistryError, SlotRegistry } from "../slot/SlotRegistry.ts"
import { Git, type GitFailed } from "../worktree/Git.ts"
import { Containers, observabilityNetwork } from "./Containers.ts"
import type { InitAnswers, InitObservation } from "./InitAnswers.ts"
import type { FileChange, InitPlan } from "./InitPlan.ts"
import type { InitQuestion } from "./InitQuestions.ts"
import { InitRefused } from "./InitRefused.ts"

/** What `init` is asked for. */
export interface InitRequest {
  /** Any folder of the project. */
  readonly directory: string
  /** Answers that are known; the others are proposed. */
  readonly answers?: Partial<InitAnswers>
}

/** What `init` found, what it would answer itself, and what it would ask a person. */
export interface InitInspection {
  readonly observation: InitObservation
  readonly answers: InitAnswers
  readonly questions: ReadonlyArray<InitQuestion>
}

/** What `init` did. */
export interface InitResult {
  readonly config: InfraConfig
  /** Absolute paths of the files that were written. */
  readonly written: ReadonlyArray<string>
  readonly warnings: ReadonlyArray<string>
}

/** What can go wrong before anything is written. */
export type InitError = NotARepository | GitFailed | FileUnavailable | ConfigInvalid | RegistryError

/**
 * Sets a project up, or brings its configuration up to date: `.devops-ai/infra.toml` in the main checkout and, when it
 * is asked for, variables in the compose file.
 */
export class Inits extends Context.Service<Inits, {
  /** Looks at the project; changes nothing. Answers that are given shape the proposals for the others. */
  readonly inspect: (request: InitRequest) => Effect.Effect<InitInspection, InitError>
  /** What would be written; answers that are not given are proposed. Changes nothing. */
  readonly plan: (request: InitRequest) => Effect.Effect<InitPlan, InitError | InitRefused>
  /** Writes the files of a plan, all or none, and makes the shared network where an engine answers. */
  readonly apply: (plan: InitPlan) => Effect.Effect<InitResult, FileUnavailable | InitRefused | JournalUnavailable>
}>()("@slipway/core/sandbox/Inits") {
  static readonly layer: Layer.Layer<
    Inits,
    never,
    ProjectFiles | Git | SlotRegistry | Containers | Operations
  > = Layer.effect(
    Inits,
    Effect.gen(function*() {
      const files = yield* ProjectFiles
      const git = yield* Git
      const registry = yield* SlotRegistry
      const engine = yield* Containers
      const operations = yield* Operations

      const presentConfig = Effect.fnUntraced(function*(main: string) {
        const path = `${main}/${configPath}`
        const text = yield* files.read(path)
        if (text === null) return null
        const { config, warnings } = yield* Effect.fromResult(decodeInfraFile(text, path))
        return { text, config, warnings }
      })

      const composeCandidates = Effect.fnUntraced(function*(main: string) {
        const found = yield* Effect.forEach(
          composeFolders,
          (folder) =>
            Effect.map(
              files.list(folder === "." ? main : `${main}/${folder}`),
              (entries) =>
                entries.filter((entry) => entry.kind === "file")
                  .map((entry) => folder === "." ? entry.path : `${folder}/${entry.path}`)
            )
        )
        return found.flat()
      })

      const observe = Effect.fnUntraced(function*(repository: Repository, asked: string | null) {
        const { main } = repository
        const read = (path: string) => files.read(`${main}/${path}`)
        const present = yield* presentConfig(main)
        const paths = yield* composeCandidates(main)
        const composeFiles = composeFilesAmong(paths)
        const wanted = [asked, present?.config.sandbox?.composeFile ?? null, ...composeFiles]
          .flatMap((path) => path === null ? [] : [checkoutPath(path)])
          .filter((path) => path !== null)
        const composeTexts = new Map<string, string>()
        const environments = new Map<string, Readonly<Record<string, string>>>()
        for (const path of new Set(wanted)) {
          const text = (yield* files.kind(`${main}/${path}`)) === "file" ? yield* read(path) : null
          if (text === null) continue
          composeTexts.set(path, text)
          const folder = folderBelowCheckout(path)
          const dotEnv = yield* read(folder === "." ? ".env" : `${folder}/.env`)
          environments.set(folder, dotEnv === null ? {} : parseEnvFile(dotEnv))
        }
        const observation: InitObservation = {
          checkout: main,
          present,
          name: detectName({
            packageJson: yield* read("package.json"),
            pyproject: yield* read("pyproject.toml"),
            goModule: yield* read("go.mod"),
            projectPage: yield* read(projectPagePath),
            checkout: main
          }),
          composeFiles,
          overrideFiles: paths.filter((path) => isOverrideFile(path) && !path.includes("/")),
          composeTexts: Object.fromEntries(composeTexts),
          environments: Object.fromEntries(environments),
          ignoredMounts: [],
          claimed: claimedBasePorts((yield* registry.read).slots)
        }
        const { mountSources } = yield* loadRules
        return { ...observation, ignoredMounts: yield* ignoredAmong(main, mountSources(observation)) }
      })

      const ignoredAmong = Effect.fnUntraced(function*(main: string, sources: ReadonlyArray<string>) {
        if (sources.length === 0) return []
        const ignored = yield* git.ignoredMatching(main, sources.map((source) => `/${source}`))
        return sources.filter((source) => ignored.some((path) => path === source || path.startsWith(`${source}/`)))
      })

      const inspect = Effect.fn("Inits.inspect")(function*(request: InitRequest) {
        const given = withCheckoutPath(request.answers ?? {})
        const observation = yield* observe(yield* git.repository(request.directory), given.composeFile ?? null)
        const { initQuestions, proposeAnswers } = yield* loadRules
        const answers = proposeAnswers(observation, given)
        return { observation, answers, questions: initQuestions(observation, answers) }
      })

      const plan = Effect.fn("Inits.plan")(function*(request: InitRequest) {
        const given = withCheckoutPath(request.answers ?? {})
        const observation = yield* observe(yield* git.repository(request.directory), given.composeFile ?? null)
        const { planInit, proposeAnswers } = yield* loadRules
        return yield* Effect.fromResult(planInit(observation, proposeAnswers(observation, given)))
      })

      const writeStep = (change: FileChange) => ({
        ...stepOf(change),
        act: Effect.gen(function*() {
          const present = yield* files.read(change.path)
          if (present !== change.before) {
            return yield* new InitRefused({ reasons: [`${change.path} was changed in the meantime`] })
          }
          yield* files.write(change.path, change.after)
        }),
        undo: () =>
          Effect.gen(function*() {
            if ((yield* files.read(change.path)) !== change.after) return
            yield* change.before === null ? files.remove(change.path) : files.write(change.path, change.before)
          })
      })

      const apply = Effect.fn("Inits.apply")(function*(wanted: InitPlan) {
        const steps = initSteps(wanted)
        return yield* operations.run(
          { kind: "init", subject: wanted.answers.name, plan: steps, details: { repository: wanted.checkout } },
          Effect.fnUntraced(function*(operation) {
            yield* Effect.forEach(wanted.files, (change) => operation.step(writeStep(change)), { discard: true })
            const network = steps.find(({ step }) => step === networkStep)
            const warnings = network === undefined ? [] : yield* operation.step({
              ...network,
              act: engine.ensureNetwork(observabilityNetwork).pipe(
                Effect.as([]),
                Effect.catch((problem) =>
                  Effect.succeed([`${problem.message}; the first impl makes the network ${observabilityNetwork}`])
                )
              )
            })
            return {
              config: wanted.config,
              written: wanted.files.map(({ path }) => path),
              warnings: [...wanted.warnings, ...warnings]
            }
          })
        )
      })

      return Inits.of({ inspect, plan, apply })
    })
  )
}

/** The rules read and write YAML; only `init` pays for loading what they need. */
const loadRules = Effect.promise(() => import("./InitRules.ts"))

/** Where compose files are looked for, below the checkout. */
const composeFolders = [".", "docker", "deploy", "infra", ".docker", ".devcontainer"]

const networkStep = "ensure-network"

const stepOf = ({ before, path }: FileChange): PlannedStep => ({
  step: path.endsWith(`/${configPath}`) ? "write-config" : "write-compose",
  title: `${before === null ? "write" : "change"} ${path}`
})

/** The steps of a plan, as a dry run shows them. */
export const initSteps = (plan: InitPlan): ReadonlyArray<PlannedStep> => [
  ...plan.files.map(stepOf),
  ...(plan.needsNetwork
    ? [{
      step: networkStep,
      title: `make the network ${observabilityNetwork} unless it exists`,
      reason: "sandboxes reach the shared observability stack through it"
    }]
    : [])
]

const withCheckoutPath = (answers: Partial<InitAnswers>): Partial<InitAnswers> =>
  typeof answers.composeFile === "string"
    ? { ...answers, composeFile: checkoutPath(answers.composeFile) ?? answers.composeFile }
    : answers
