import { Context, Effect, Layer, Result } from "effect"
import { parseChecklist } from "../project/Checklist.ts"
import { type FileUnavailable, ProjectFiles } from "../project/ProjectFiles.ts"
import { type FolderEntry, type PathKind, SpecFiles } from "./SpecFiles.ts"
import { artifactFiles } from "./SpecFormat.ts"
import { decodeSpecMetadata, metadataFile, titleOfText } from "./SpecMetadata.ts"
import {
  kiroFolder,
  kiroPath,
  metadataOf,
  type MetadataState,
  numberRecordPath,
  type ObservedCodevFile,
  type ObservedFolder,
  type ObservedSpec,
  type OverlappingEntry,
  projectPath,
  projectsFolder,
  type SpecObservation
} from "./SpecObservation.ts"
import { codevFolders, parseCodevFileName } from "./SpecPointer.ts"
import { SpecLinkElsewhere } from "./SpecProblem.ts"
import { taskProgress } from "./TaskProgress.ts"

/** Why projects could not be looked at. */
export type SpecObservationError = FileUnavailable | SpecLinkElsewhere

/** How many files are read at once. */
const concurrency = 8

/** The folders that must be the main checkout's own. */
const ownFolders = [
  ".ai",
  projectsFolder,
  ".kiro",
  kiroFolder,
  "codev",
  ...codevFolders.map(({ folder }) => `codev/${folder}`)
]

/** Looks at projects and at what the tools see of them. Never follows a link out of the main checkout. */
export class SpecObserver extends Context.Service<SpecObserver, {
  /** Refuses a checkout in which a folder of projects or tools is a link. */
  readonly guard: (main: string) => Effect.Effect<void, SpecObservationError>
  /** All projects, links and Codev's files. */
  readonly all: (main: string) => Effect.Effect<SpecObservation, SpecObservationError>
  /** The folders of all projects alone. */
  readonly projects: (main: string) => Effect.Effect<ReadonlyArray<ObservedFolder>, SpecObservationError>
  /** The folder of one project; null when there is none. */
  readonly project: (main: string, name: string) => Effect.Effect<ObservedFolder | null, SpecObservationError>
  /** Codev's files of some paths, from the main checkout; those that are there. */
  readonly pointers: (
    main: string,
    paths: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<ObservedCodevFile>, SpecObservationError>
}>()("@slipway/core/spec/SpecObserver") {
  static readonly layer: Layer.Layer<SpecObserver, never, ProjectFiles | SpecFiles> = Layer.effect(
    SpecObserver,
    Effect.gen(function*() {
      const files = yield* ProjectFiles
      const specFiles = yield* SpecFiles

      const guardAll = (main: string, folders: ReadonlyArray<string>) =>
        Effect.forEach(folders, (folder) =>
          Effect.gen(function*() {
            const path = `${main}/${folder}`
            const target = yield* specFiles.linkTarget(path)
            if (target !== null) return yield* new SpecLinkElsewhere({ path, target })
          }), { concurrency, discard: true })

      /** A text that is only looked at for what it may tell. */
      const glance = (path: string): Effect.Effect<string | null> => Effect.orElseSucceed(files.read(path), () => null)

      const firstOf = Effect.fnUntraced(
        function*(folder: string, names: ReadonlyArray<string>, present: ReadonlySet<string>) {
          for (const name of names) {
            const text = present.has(name) ? yield* glance(`${folder}/${name}`) : null
            if (text !== null) return text
          }
          return null
        }
      )

      const metadataState = (name: string, path: string): Effect.Effect<MetadataState> =>
        files.read(path).pipe(
          Effect.map((text): MetadataState => {
            if (text === null) return { _tag: "Missing" }
            const decoded = decodeSpecMetadata(name, text)
            return Result.isFailure(decoded)
              ? { _tag: "Damaged", text, reason: decoded.failure }
              : { _tag: "Read", text, metadata: decoded.success }
          }),
          Effect.catch(({ reason }) => Effect.succeed<MetadataState>({ _tag: "Damaged", text: null, reason }))
        )

      const folder = Effect.fnUntraced(function*(main: string, path: string, name: string, kind: PathKind) {
        const bare = { name, path, kind, target: null, files: [], isEmpty: true, title: null, tasks: null }
        const missing: MetadataState = { _tag: "Missing" }
        const absolute = `${main}/${path}`
        if (kind === "link") return { ...bare, target: yield* specFiles.linkTarget(absolute), metadata: missing }
        if (kind !== "directory") return { ...bare, metadata: missing }
        const entries = yield* specFiles.list(absolute)
        const names = entries.filter((entry) => entry.kind === "file").map((entry) => entry.name)
        const present = new Set(names)
        const metadata = entries.some((entry) => entry.name === metadataFile)
          ? yield* metadataState(name, `${absolute}/${metadataFile}`)
          : missing
        const format = metadata._tag === "Read" ? metadata.metadata.format : null
        const tasks = yield* firstOf(absolute, artifactFiles(format, "tasks"), present)
        const told = metadata._tag === "Read" && "displayName" in metadata.metadata.document
          ? null
          : yield* titleAmong(absolute, present)
        return {
          ...bare,
          files: names,
          isEmpty: entries.length === 0,
          metadata,
          title: told,
          tasks: tasks === null ? null : taskProgress(parseChecklist(tasks))
        }
      }, (effect) => Effect.map(effect, (seen): ObservedFolder => seen))

      const titleAmong = Effect.fnUntraced(function*(path: string, present: ReadonlySet<string>) {
        for (const kind of ["spec", "design", "tasks"] as const) {
          const text = yield* firstOf(path, artifactFiles(null, kind), present)
          const title = text === null ? null : titleOfText(text)
          if (title !== null) return title
        }
        return null
      })

      const projects = Effect.fn("SpecObserver.projects")(function*(main: string) {
        yield* guardAll(main, [".ai", projectsFolder])
        const entries = yield* specFiles.list(`${main}/${projectsFolder}`)
        return yield* Effect.forEach(
          entries.filter(({ kind, name }) => !name.startsWith(".") && kind !== "file" && kind !== "other"),
          ({ kind, name }) => folder(main, projectPath(name), name, kind),
          { concurrency }
        )
      })

      const project = Effect.fn("SpecObserver.project")(function*(main: string, name: string) {
        yield* guardAll(main, [".ai", projectsFolder])
        const kind = yield* specFiles.kind(`${main}/${projectPath(name)}`)
        return kind === null ? null : yield* folder(main, projectPath(name), name, kind)
      })

      /** All that is below a folder, told against the folder of the project. */
      const overlap: (
        main: string,
        path: string,
        to: string,
        below: string
      ) => Effect.Effect<ReadonlyArray<OverlappingEntry>, FileUnavailable> = Effect.fnUntraced(
        function*(main, path, to, below) {
          const entries = yield* specFiles.list(`${main}/${path}${below}`)
          const found = yield* Effect.forEach(entries, ({ kind, name }) =>
            Effect.gen(function*() {
              const inner = `${below}/${name}`
              const there = yield* standing(kind, `${main}/${path}${inner}`, `${main}/${to}${inner}`)
              const own: OverlappingEntry = { path: inner.slice(1), kind, there }
              return kind === "directory" ? [own, ...yield* overlap(main, path, to, inner)] : [own]
            }))
          return found.flat()
        }
      )

      const standing = Effect.fnUntraced(function*(kind: PathKind, from: string, to: string) {
        const there = yield* specFiles.kind(to)
        if (there === null) return "nothing"
        if (there === "directory" && kind === "directory") return "folder"
        return (yield* specFiles.isSame(from, to)) ? "same" : "other"
      })

      const spec = Effect.fnUntraced(function*(main: string, { kind, name }: FolderEntry, known: ReadonlySet<string>) {
        const path = kiroPath(name)
        const seen = yield* folder(main, path, name, kind)
        const target = seen.target === null ? null : yield* files.kind(seen.target)
        const told: ObservedSpec = {
          ...seen,
          targetExists: target !== null,
          overlap: kind === "directory" && known.has(name) ? yield* overlap(main, path, projectPath(name), "") : []
        }
        return told
      })

      const codevFile = Effect.fnUntraced(
        function*(main: string, place: typeof codevFolders[number], { kind, name }: FolderEntry) {
          const path = `codev/${place.folder}/${name}`
          const parsed = parseCodevFileName(name)
          const isText = kind === "file" && parsed !== null
          const text = isText ? yield* glance(`${main}/${path}`) : null
          const isPlain = isText && !parsed.isPointer
          const there = isPlain
            ? yield* standing(kind, `${main}/${path}`, `${main}/${projectPath(parsed.name)}/${place.file}`)
            : "nothing"
          const seen: ObservedCodevFile = {
            folder: place.folder,
            file: name,
            path,
            kind,
            parsed,
            text: parsed?.isPointer === true ? text : null,
            title: isPlain && text !== null ? titleOfText(text) : null,
            there: there === "folder" ? "other" : there
          }
          return seen
        }
      )

      const codev = (main: string) =>
        Effect.map(
          Effect.forEach(codevFolders, (place) =>
            Effect.flatMap(specFiles.list(`${main}/codev/${place.folder}`), (entries) =>
              Effect.forEach(entries, (entry) =>
                codevFile(main, place, entry), { concurrency }))),
          (found) =>
            found.flat()
        )

      const pointers = Effect.fn("SpecObserver.pointers")(function*(main: string, paths: ReadonlyArray<string>) {
        yield* guardAll(main, ownFolders)
        const found = yield* Effect.forEach(paths, (path) =>
          Effect.gen(function*() {
            const kind = yield* specFiles.kind(`${main}/${path}`)
            const [, within, name] = /^codev\/([^/]+)\/([^/]+)$/u.exec(path) ?? []
            const place = codevFolders.find((each) => each.folder === within)
            return kind === null || place === undefined || name === undefined
              ? []
              : [yield* codevFile(main, place, { kind, name })]
          }))
        return found.flat()
      })

      const all = Effect.fn("SpecObserver.all")(function*(main: string) {
        yield* guardAll(main, ownFolders)
        const known = yield* projects(main)
        const names = new Set(known.filter(({ kind }) => kind === "directory").map(({ name }) => name))
        const specs = yield* specFiles.list(`${main}/${kiroFolder}`)
        const observation: SpecObservation = {
          main,
          projects: known,
          kiro: yield* Effect.forEach(specs, (entry) => spec(main, entry, names), { concurrency }),
          codev: yield* codev(main),
          numberRecord: yield* files.read(`${main}/${numberRecordPath}`),
          ignoreText: yield* files.read(`${main}/.gitignore`)
        }
        return observation
      })

      return SpecObserver.of({
        guard: Effect.fn("SpecObserver.guard")((main: string) => guardAll(main, ownFolders)),
        all,
        projects,
        project,
        pointers
      })
    })
  )
}

/** The path of a project's checklist; null when it has none. */
export const tasksFileOf = (folder: ObservedFolder): string | null => {
  const format = metadataOf(folder)?.format ?? null
  const name = artifactFiles(format, "tasks").find((each) => folder.files.includes(each))
  return name === undefined ? null : `${folder.path}/${name}`
}
