import { Context, DateTime, Effect, Layer, Result } from "effect"
import type { JournalUnavailable } from "../operation/Journal.ts"
import { Operations } from "../operation/Operations.ts"
import { parseChecklist, tickItem } from "../project/Checklist.ts"
import type { Artifact } from "../project/LifecyclePolicy.ts"
import { type FileUnavailable, ProjectFiles } from "../project/ProjectFiles.ts"
import type { NotARepository, Repository } from "../project/Repository.ts"
import type { LockBusy } from "../slot/SlotRegistry.ts"
import { Git, type GitFailed } from "../worktree/Git.ts"
import { type NameInvalid, parseFeature } from "../worktree/WorktreeName.ts"
import { type EstablishWish, planEstablish, refuseExisting } from "./EstablishPlan.ts"
import { describeMigration, planMigration } from "./MigratePlan.ts"
import { findSpecFaults } from "./SpecDoctor.ts"
import { SpecFiles } from "./SpecFiles.ts"
import { artifactFiles, artifactsAmong, type SpecFormat } from "./SpecFormat.ts"
import { metadataWrite, pointerWrites } from "./SpecIntegration.ts"
import { metadataFile, oneLine, titleFromName } from "./SpecMetadata.ts"
import type { ObservedFolder } from "./SpecObservation.ts"
import { SpecObserver, tasksFileOf } from "./SpecObserver.ts"
import { codevFolders, pointerPath } from "./SpecPointer.ts"
import { SpecLinkElsewhere, SpecMetadataInvalid, SpecProjectMissing, type SpecRefusal } from "./SpecProblem.ts"
import {
  type CreatedSpec,
  createdSpec,
  doctorReport,
  itemOf,
  migrationReport,
  type SpecDoctorReport,
  type SpecFolder,
  specFolder,
  type SpecMigration,
  type SpecProject,
  specProject,
  type SpecProjectDetails,
  type WantedItem
} from "./SpecReport.ts"
import { SpecRunner } from "./SpecRunner.ts"

export type { SpecFormat } from "./SpecFormat.ts"

/** What can stand in the way of the folder of a feature. */
export type SpecError = FileUnavailable | LockBusy | NameInvalid | SpecRefusal

/** What can stand in the way of a command about projects. */
export type SpecCommandError = SpecError | GitFailed | JournalUnavailable | NotARepository

/** A project that is asked for. */
export interface CreateSpecRequest {
  /** Any folder of the repository. */
  readonly directory: string
  readonly name: string
  readonly format: SpecFormat
  /** For people; made of the name when absent. */
  readonly displayName?: string
  readonly description?: string
  readonly tags?: ReadonlyArray<string>
  /** Name of the repository; that of the main checkout's folder when absent. */
  readonly repository?: string
}

/**
 * The projects of a repository: one folder each in `.ai/projects` of the main checkout, whatever worktree one stands
 * in, which Kiro reads through a link and Codev through pointer files.
 */
export class SpecProjects extends Context.Service<SpecProjects, {
  /** Makes a project, as an operation. */
  readonly create: (request: CreateSpecRequest) => Effect.Effect<CreatedSpec, SpecCommandError>
  /** What {@link create} would do; changes nothing. */
  readonly planCreate: (request: CreateSpecRequest) => Effect.Effect<CreatedSpec, SpecCommandError>
  /** All projects, by name. */
  readonly list: (
    request: { readonly directory: string }
  ) => Effect.Effect<{ readonly projects: ReadonlyArray<SpecProject> }, SpecCommandError>
  /** One project with its checklist. */
  readonly show: (
    request: { readonly directory: string; readonly name: string }
  ) => Effect.Effect<SpecProjectDetails, SpecCommandError | SpecProjectMissing>
  /** Moves the tools' own folders to `.ai/projects`, as an operation. */
  readonly migrate: (request: { readonly directory: string }) => Effect.Effect<SpecMigration, SpecCommandError>
  /** What {@link migrate} would do; changes nothing. */
  readonly planMigration: (request: { readonly directory: string }) => Effect.Effect<SpecMigration, SpecCommandError>
  /** Finds what is wrong and, with `fix`, mends what needs no person, as an operation. */
  readonly doctor: (
    request: { readonly directory: string; readonly fix: boolean }
  ) => Effect.Effect<SpecDoctorReport, SpecCommandError>
  /** The names under which an artifact is looked for, those of the format first. */
  readonly artifactFiles: (format: SpecFormat | null, artifact: Artifact) => readonly [string, ...ReadonlyArray<string>]
  /** The folder of a project; null when there is none. */
  readonly folder: (repository: Repository, name: string) => Effect.Effect<SpecFolder | null, SpecError>
  /**
   * Makes a project's folder with all that belongs to it, or what is still missing of it. A second time it changes
   * nothing; a project keeps the format and the metadata that it has.
   */
  readonly establish: (
    repository: Repository,
    wish: {
      readonly name: string
      readonly format: SpecFormat | null
      readonly displayName: string
      readonly description: string
    }
  ) => Effect.Effect<SpecFolder, SpecError>
  /** Brings a project's metadata and pointer files up to its files and a status; nothing without readable metadata. */
  readonly refresh: (repository: Repository, name: string, status: string) => Effect.Effect<void, SpecError>
  /** Ticks the box of an item, or takes the tick away; whether there is such an item. */
  readonly tick: (
    repository: Repository,
    name: string,
    item: WantedItem,
    isChecked: boolean
  ) => Effect.Effect<boolean, SpecError>
}>()("@slipway/core/spec/SpecProjects") {
  static readonly layer: Layer.Layer<SpecProjects, never, Git | Operations | ProjectFiles | SpecFiles> = Layer.effect(
    SpecProjects,
    Effect.gen(function*() {
      const files = yield* ProjectFiles
      const git = yield* Git
      const observer = yield* SpecObserver
      const operations = yield* Operations
      const runner = yield* SpecRunner
      const specFiles = yield* SpecFiles

      const locked = (main: string) => <A, E, R>(effect: Effect.Effect<A, E, R>) =>
        Effect.andThen(observer.guard(main), specFiles.exclusively(main)(effect))

      const named = (name: string) => Effect.fromResult(parseFeature(name))

      const wished = Effect.fnUntraced(function*(request: CreateSpecRequest) {
        const { main } = yield* git.repository(request.directory)
        const name = yield* named(request.name)
        const wish: EstablishWish = {
          name,
          format: request.format,
          displayName: request.displayName ?? titleFromName(name),
          description: request.description ?? null,
          tags: [...new Set((request.tags ?? []).map((tag) => oneLine(tag)).filter((tag) => tag !== ""))],
          repository: request.repository ?? repositoryName(main),
          now: yield* currentTime
        }
        return { main, name, wish }
      })

      const planned = Effect.fnUntraced(function*(main: string, wish: EstablishWish) {
        const observation = yield* observer.all(main)
        yield* Effect.fromResult(refuseExisting(observation, wish.name))
        const plan = yield* Effect.fromResult(planEstablish(observation, wish))
        const tasks = observation.projects.find(({ name }) => name === wish.name)?.tasks ?? null
        return { plan, created: createdSpec(main, plan, tasks) }
      })

      const planCreate = Effect.fn("SpecProjects.planCreate")(function*(request: CreateSpecRequest) {
        const { main, wish } = yield* wished(request)
        return (yield* planned(main, wish)).created
      })

      const create = Effect.fn("SpecProjects.create")(function*(request: CreateSpecRequest) {
        const { main, name, wish } = yield* wished(request)
        // What is refused leaves no trace, not even that of the lock.
        yield* planned(main, wish)
        return yield* locked(main)(Effect.gen(function*() {
          const { created, plan } = yield* planned(main, wish)
          yield* operations.run(
            { kind: "project-create", subject: name, plan: created.steps, details: { repository: main } },
            (operation) => runner.steps(operation, main, plan.actions, { undo: true, from: 1 })
          )
          return created
        }))
      })

      const list = Effect.fn("SpecProjects.list")(function*({ directory }: { readonly directory: string }) {
        const { main } = yield* git.repository(directory)
        const projects = yield* observer.projects(main)
        return { projects: projects.map((folder) => specProject(main, folder)) }
      })

      const show = Effect.fn("SpecProjects.show")(
        function*(request: { readonly directory: string; readonly name: string }) {
          const { main } = yield* git.repository(request.directory)
          const name = yield* named(request.name)
          const folder = yield* observer.project(main, name)
          if (folder === null) {
            const known = (yield* observer.projects(main)).map((each) => each.name)
            return yield* new SpecProjectMissing({ name, known })
          }
          yield* readable(main, folder)
          const tasks = tasksFileOf(folder)
          const text = tasks === null ? null : yield* files.read(`${main}/${tasks}`)
          return {
            ...specProject(main, folder),
            tasksFile: tasks === null ? null : `${main}/${tasks}`,
            items: text === null ? [] : parseChecklist(text)
          }
        }
      )

      const migration = Effect.fnUntraced(function*(main: string) {
        const context = { repository: repositoryName(main), now: yield* currentTime }
        return planMigration(yield* observer.all(main), context)
      })

      const planMigrationOf = Effect.fn("SpecProjects.planMigration")(
        function*({ directory }: { readonly directory: string }) {
          const { main } = yield* git.repository(directory)
          return migrationReport(yield* migration(main), [])
        }
      )

      const migrate = Effect.fn("SpecProjects.migrate")(function*({ directory }: { readonly directory: string }) {
        const { main } = yield* git.repository(directory)
        const before = migrationReport(yield* migration(main), [])
        if (before.steps.length === 0) return before
        return yield* locked(main)(Effect.gen(function*() {
          const plan = yield* migration(main)
          const { steps } = migrationReport(plan, [])
          if (steps.length === 0) return migrationReport(plan, [])
          const failures = yield* operations.run(
            { kind: "project-migrate", subject: "projects", plan: steps, details: { repository: main } },
            Effect.fnUntraced(function*(operation) {
              yield* runner.steps(operation, main, plan.common, { undo: false, from: 1 })
              let from = 1 + plan.common.length
              const failed: Array<SpecMigration["failures"][number]> = []
              for (const project of plan.projects) {
                const outcome = yield* Effect.result(
                  runner.steps(operation, main, project.actions, { undo: false, from })
                )
                from += project.actions.length
                if (Result.isSuccess(outcome)) continue
                if (outcome.failure._tag === "JournalUnavailable") return yield* outcome.failure
                failed.push({ name: project.name, message: outcome.failure.message })
                yield* operation.note("warning", `${describeMigration(project)}: ${outcome.failure.message}`)
              }
              return failed
            })
          )
          return migrationReport(plan, failures)
        }))
      })

      const examine = Effect.fnUntraced(function*(main: string) {
        const context = { repository: repositoryName(main), now: yield* currentTime }
        return findSpecFaults(yield* observer.all(main), context)
      })

      const doctor = Effect.fn("SpecProjects.doctor")(
        function*({ directory, fix }: { readonly directory: string; readonly fix: boolean }) {
          const { main } = yield* git.repository(directory)
          const found = yield* examine(main)
          if (!fix || found.every(({ actions }) => actions.length === 0)) return doctorReport(found, false, [])
          return yield* locked(main)(Effect.gen(function*() {
            const findings = yield* examine(main)
            const { steps } = doctorReport(findings, true, [])
            const failures = yield* operations.run(
              { kind: "project-doctor", subject: "fix", plan: steps, details: { repository: main } },
              Effect.fnUntraced(function*(operation) {
                let from = 1
                const failed: Array<SpecDoctorReport["failures"][number]> = []
                for (const { actions, subject } of findings) {
                  const outcome = yield* Effect.result(runner.steps(operation, main, actions, { undo: false, from }))
                  from += actions.length
                  if (Result.isSuccess(outcome)) continue
                  if (outcome.failure._tag === "JournalUnavailable") return yield* outcome.failure
                  failed.push({ subject, message: outcome.failure.message })
                }
                return failed
              })
            )
            return doctorReport(findings, true, failures)
          }))
        }
      )

      const folder = Effect.fn("SpecProjects.folder")(function*({ main }: Repository, given: string) {
        const name = yield* named(given)
        const seen = yield* observer.project(main, name)
        if (seen === null) return null
        yield* refuseLink(main, seen)
        return specFolder(main, seen)
      })

      const establish: SpecProjects["Service"]["establish"] = Effect.fn("SpecProjects.establish")(
        function*({ main }, { description, displayName, format, name: given }) {
          const name = yield* named(given)
          const wish: EstablishWish = {
            name,
            format,
            displayName,
            description,
            repository: repositoryName(main),
            now: yield* currentTime
          }
          const plan = Effect.flatMap(observer.all(main), (seen) => Effect.fromResult(planEstablish(seen, wish)))
          const isDone = (yield* plan).actions.length === 0
          if (!isDone) {
            yield* locked(main)(Effect.gen(function*() {
              const { actions } = yield* plan
              yield* Effect.forEach(actions, (action) => runner.carryOut(main, action), { discard: true })
            }))
          }
          const made = yield* observer.project(main, name)
          return made === null
            ? yield* Effect.die(new Error(`${name} was made and is not there`))
            : specFolder(main, made)
        }
      )

      const refreshPlan = Effect.fnUntraced(function*(main: string, name: string, status: string) {
        const seen = yield* observer.project(main, name)
        if (seen === null || seen.metadata._tag !== "Read") return []
        yield* refuseLink(main, seen)
        const { metadata } = seen.metadata
        const fields = { ...metadata, name, status, artifacts: artifactsAmong(metadata.format, seen.files) }
        const number = metadata.format === "codev" ? metadata.codevNumber : null
        const codev = number === null
          ? []
          : yield* observer.pointers(main, codevFolders.map((each) => pointerPath(each.folder, number, name)))
        return [
          ...metadataWrite(seen.metadata, seen.path, fields, yield* currentTime),
          ...(number === null ? [] : pointerWrites({ codev }, fields))
        ]
      })

      const refresh = Effect.fn("SpecProjects.refresh")(
        function*({ main }: Repository, given: string, status: string) {
          const name = yield* named(given)
          if ((yield* refreshPlan(main, name, status)).length === 0) return
          yield* locked(main)(Effect.gen(function*() {
            const actions = yield* refreshPlan(main, name, status)
            yield* Effect.forEach(actions, (action) => runner.carryOut(main, action), { discard: true })
          }))
        }
      )

      const tick: SpecProjects["Service"]["tick"] = Effect.fn("SpecProjects.tick")(
        function*({ main }, given, wanted, isChecked) {
          const name = yield* named(given)
          const change = Effect.gen(function*() {
            const seen = yield* observer.project(main, name)
            const path = seen === null ? null : tasksFileOf(seen)
            const text = path === null ? null : yield* files.read(`${main}/${path}`)
            if (path === null || text === null) return null
            const item = itemOf(parseChecklist(text), wanted)
            if (item === undefined) return null
            return { path: `${main}/${path}`, text, ticked: tickItem(text, item.line, isChecked) }
          })
          const first = yield* change
          if (first === null || first.ticked === first.text) return first !== null
          return yield* locked(main)(Effect.gen(function*() {
            const found = yield* change
            if (found !== null && found.ticked !== found.text) yield* files.write(found.path, found.ticked)
            return found !== null
          }))
        }
      )

      return SpecProjects.of({
        create,
        planCreate,
        list,
        show,
        migrate,
        planMigration: planMigrationOf,
        doctor,
        artifactFiles,
        folder,
        establish,
        refresh,
        tick
      })
    })
  ).pipe(Layer.provide(SpecRunner.layer), Layer.provide(SpecObserver.layer))
}

/** Now, to the second, as the contract writes it. */
const currentTime = Effect.map(DateTime.now, (now) => DateTime.formatIso(now).replace(/\.\d+Z$/u, "Z"))

const repositoryName = (main: string): string => main.split(/[/\\]/u).findLast((part) => part !== "") ?? main

const refuseLink = (main: string, folder: ObservedFolder) =>
  folder.kind === "link"
    ? Effect.fail(new SpecLinkElsewhere({ path: `${main}/${folder.path}`, target: folder.target ?? "" }))
    : Effect.void

const readable = Effect.fnUntraced(function*(main: string, folder: ObservedFolder) {
  yield* refuseLink(main, folder)
  if (folder.metadata._tag === "Damaged") {
    return yield* new SpecMetadataInvalid({
      path: `${main}/${folder.path}/${metadataFile}`,
      reason: folder.metadata.reason
    })
  }
})
