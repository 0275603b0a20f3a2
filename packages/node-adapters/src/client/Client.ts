import {
  Audit,
  Doctor,
  type DoctorReport,
  Done,
  exitCodeOf,
  exitCodes,
  Impl,
  type ImplResult,
  Inits,
  isProblem,
  type OperationEvent,
  OperationListener,
  Overview
} from "@slipway/core"
import { Cause, Effect, Exit, ManagedRuntime } from "effect"
import { layer as nodeSlipwayLayer } from "../NodeSlipway.ts"
import { batchClient } from "./BatchClient.ts"
import type { CallOptions, ProgressEvent } from "./CallOptions.ts"
import { featuresClient } from "./FeaturesClient.ts"
import { projectsClient } from "./ProjectsClient.ts"
import { type ConnectOptions, type DoctorOutcome, type Slipway, SlipwayError, type Workspace } from "./SlipwayClient.ts"

/**
 * Opens Slipway for one folder, for programs without Effect. Several can live in one process, each with its own folder,
 * environment and home.
 *
 * @example
 * const slipway = await connect({ cwd: process.cwd() })
 * const workspace = await slipway.impl("auth/M1")
 * console.log(workspace.urls, workspace.health)
 * await slipway.done("auth-M1")
 * await slipway.close()
 */
export const connect = async (options: ConnectOptions = {}): Promise<Slipway> => {
  const directory = options.cwd ?? process.cwd()
  const machine = {
    variables: definedVariables(options.env ?? process.env),
    ...(options.home === undefined ? {} : { home: options.home })
  }
  const runtime = ManagedRuntime.make(nodeSlipwayLayer(machine))
  type Services = ManagedRuntime.ManagedRuntime.Services<typeof runtime>

  let isClosed = false

  const call = async <A, E>(effect: Effect.Effect<A, E, Services>, callOptions: CallOptions = {}): Promise<A> => {
    if (isClosed) throw closedError()
    const { onProgress, signal } = callOptions
    const kept: Array<string> = []
    let isDone = false
    const listened = Effect.provideService(effect, OperationListener, (event) =>
      Effect.sync(() => {
        if (event.event._tag === "StepUndoFailed") kept.push(event.event.message)
        if (event.event._tag === "OperationFinished") isDone = event.event.status === "succeeded"
        onProgress?.(progressEvent(event))
      }))
    const exit = await runtime.runPromiseExit(listened, signal === undefined ? {} : { signal })
    if (Exit.isSuccess(exit)) return exit.value
    throw rejection(exit.cause, isDone, kept)
  }

  await runtime.context()
  const batches = batchClient(directory, call)
  const close = async () => {
    await batches.stop()
    isClosed = true
    await runtime.dispose()
  }
  return {
    init: (init = {}) =>
      call(
        Effect.gen(function*() {
          const inits = yield* Inits
          const plan = yield* inits.plan({
            directory,
            answers: {
              ...(init.name === undefined ? {} : { name: init.name }),
              ...(init.prefix === undefined ? {} : { prefix: init.prefix }),
              ...(init.composeFile === undefined ? {} : { composeFile: init.composeFile }),
              ...(init.ports === undefined ? {} : { ports: init.ports }),
              ...(init.parameterize === undefined ? {} : { parameterize: init.parameterize })
            }
          })
          if (init.dryRun !== true) yield* inits.apply(plan)
          return {
            files: plan.files.map(({ path, before }) => ({ path, created: before === null })),
            warnings: plan.warnings
          }
        }),
        init
      ),
    spec: (name, spec = {}) =>
      call(
        Effect.map(Impl.use((impl) => impl.run({ directory, kind: "spec", name, ...flags(spec) })), workspaceOf),
        spec
      ),
    impl: (name, impl = {}) =>
      call(
        Effect.map(Impl.use((service) => service.run({ directory, kind: "impl", name, ...flags(impl) })), workspaceOf),
        impl
      ),
    done: (name, done = {}) => call(Done.use((service) => service.run({ directory, name, ...flags(done) })), done),
    worktrees: (list = {}) => call(Overview.use((overview) => overview.worktrees({ directory })), list),
    status: (name, status = {}) =>
      call(
        Overview.use((overview) => overview.status({ directory, ...(name === undefined ? {} : { name }) })),
        status
      ),
    doctor: (doctor = {}) =>
      call(
        Effect.map(Doctor.use((service) => service.run({ directory, fix: doctor.fix === true })), doctorOutcome),
        doctor
      ),
    features: featuresClient(directory, call),
    batch: batches.batch,
    task: batches.task,
    projects: projectsClient(directory, call),
    audit: (audit = {}) => call(Audit.use((service) => service.entries({ directory, ...flags(audit) })), audit),
    close,
    [Symbol.asyncDispose]: close
  }
}

const definedVariables = (
  env: Readonly<Record<string, string | undefined>>
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(env).flatMap(([name, value]) => value === undefined ? [] : [[name, value]]))

/** The options of a call without what only the call itself takes. */
const flags = <A extends CallOptions>({ onProgress: _, signal: __, ...rest }: A): Omit<A, keyof CallOptions> => rest

const workspaceOf = (result: ImplResult): Workspace => ({
  project: result.project,
  kind: result.kind,
  feature: result.feature,
  milestone: result.milestone,
  branch: result.branch,
  worktree: result.worktree,
  slot: result.slot?.slot_id ?? null,
  urls: result.sandbox?.urls ?? [],
  health: result.sandbox?.health.verdict ?? null,
  services: result.sandbox?.services ?? [],
  warnings: result.warnings
})

const doctorOutcome = (report: DoctorReport): DoctorOutcome => ({
  ...report,
  findings: report.findings.map(({ action, ...finding }) => ({ ...finding, fixable: action !== null }))
})

const closedError = () =>
  new SlipwayError({
    code: "interrupted",
    message: "the client is closed",
    hint: "open another one with `connect`",
    exitCode: exitCodes.interrupted
  })

const rejection = (cause: Cause.Cause<unknown>, isDone: boolean, kept: ReadonlyArray<string>): unknown => {
  const failure = cause.reasons.find(Cause.isFailReason)?.error
  if (isProblem(failure)) {
    return new SlipwayError({
      code: failure.code,
      message: failure.message,
      hint: failure.hint,
      exitCode: exitCodeOf(failure)
    })
  }
  if (Cause.hasInterruptsOnly(cause)) {
    return new SlipwayError({
      code: "interrupted",
      message: isDone
        ? "the call was interrupted when all was done already, and is kept"
        : kept.length === 0
        ? "the operation was interrupted, and what it had made was undone"
        : `the operation was interrupted, and not all that it had made could be undone: ${kept.join("; ")}`,
      hint: "call it again when you want it after all",
      exitCode: exitCodes.interrupted
    })
  }
  return Cause.squash(cause)
}

const progressEvent = ({ event, id, kind, subject }: OperationEvent): ProgressEvent => {
  const common = { operation: id, kind, subject }
  switch (event._tag) {
    case "OperationStarted":
      return { ...common, type: "operation-started", step: null, text: subject, ms: null }
    case "StepStarted":
      return { ...common, type: "step-started", step: event.step, text: event.title, ms: null }
    case "StepSucceeded":
      return { ...common, type: "step-succeeded", step: event.step, text: event.step, ms: event.ms }
    case "StepFailed":
      return { ...common, type: "step-failed", step: event.step, text: event.message, ms: event.ms }
    case "StepUndone":
      return { ...common, type: "step-undone", step: event.step, text: event.step, ms: event.ms }
    case "StepUndoFailed":
      return { ...common, type: "step-undo-failed", step: event.step, text: event.message, ms: event.ms }
    case "OperationFinished":
      return { ...common, type: "operation-finished", step: null, text: event.status, ms: event.ms }
    case "Note":
      return { ...common, type: "note", step: null, text: event.text, ms: null }
  }
}
