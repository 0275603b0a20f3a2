import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Ref, Schema } from "effect"
import { Operations } from "../operation/Operations.ts"
import { ProjectFiles } from "../project/ProjectFiles.ts"
import { MemoryFileTree } from "../testing/MemoryProjectFiles.ts"
import { memorySlipwayLayer } from "../testing/MemorySlipway.ts"
import { MemoryLinks } from "../testing/MemorySpecFiles.ts"
import { planMigration } from "./MigratePlan.ts"
import { SpecFiles } from "./SpecFiles.ts"
import { SpecObserver } from "./SpecObserver.ts"
import { SpecProjects } from "./SpecProjects.ts"
import { SpecRunner } from "./SpecRunner.ts"

const main = "/code/shop"
const repository = { main, commonDirectory: `${main}/.git`, current: main }
const directory = main

const inShop = (files: Readonly<Record<string, string>>) =>
  memorySlipwayLayer({
    files: Object.fromEntries(
      Object.entries({ "README.md": "# Shop\n", ...files }).map(([path, text]) => [`${main}/${path}`, text])
    ),
    repositories: { [main]: {} }
  })

/** Texts and links of the main checkout, by path from there. */
const world = Effect.gen(function*() {
  const files = yield* Ref.get(yield* MemoryFileTree)
  const links = yield* Ref.get(yield* MemoryLinks)
  return Object.fromEntries(
    [
      ...[...files].flatMap(([path, { content }]) => content === null ? [] : [[path, content] as const]),
      ...[...links].map(([path, target]) => [path, `-> ${target}`] as const)
    ].filter(([path]) => path.startsWith(`${main}/`)).map(([path, text]) => [path.slice(main.length + 1), text])
  )
})

/** What a number that was given once leaves behind stays. */
const withoutRecord = (texts: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(texts).filter(([path]) => !path.endsWith("/.codev-number")))

const metadataOf = (texts: Readonly<Record<string, string>>, name: string) =>
  JSON.parse(texts[`.ai/projects/${name}/metadata.json`] ?? "null")

describe("SpecProjects.create", () => {
  it.effect("makes the folder, the link and the ignore entry, as an operation that was planned", () =>
    Effect.gen(function*() {
      const projects = yield* SpecProjects
      const request = { directory, name: "auth", format: "kiro", tags: [" a", "a", ""], description: "Log in" } as const
      const before = yield* world
      const plan = yield* projects.planCreate(request)
      assert.deepStrictEqual(yield* world, before)
      const { project, steps } = yield* projects.create(request)
      assert.deepStrictEqual(steps, plan.steps)
      const texts = yield* world
      assert.strictEqual(texts[".kiro/specs/auth"], `-> ${main}/.ai/projects/auth`)
      assert.strictEqual(texts[".gitignore"], ".ai/projects/\n")
      assert.deepInclude(metadataOf(texts, "auth"), {
        name: "auth",
        displayName: "Auth",
        format: "kiro",
        artifacts: [],
        status: "new",
        tags: ["a"],
        repository: "shop",
        description: "Log in"
      })
      assert.deepInclude(project, { name: "auth", path: `${main}/.ai/projects/auth` })
      assert.match(project.created, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/u)
      const again = yield* Effect.flip(projects.create(request))
      assert.strictEqual(again.code, "spec-project-exists")
    }).pipe(Effect.provide(inShop({}))))

  it.effect("takes a folder without metadata, and a project without a tool, as they are", () =>
    Effect.gen(function*() {
      const projects = yield* SpecProjects
      yield* projects.create({ directory, name: "bare", format: "codev" })
      yield* projects.create({ directory, name: "plain", format: "kiro", displayName: "Ignored" })
      const texts = yield* world
      assert.deepInclude(metadataOf(texts, "bare"), { format: "codev", artifacts: ["spec.md"], codevNumber: "0001" })
      assert.deepInclude(metadataOf(texts, "plain"), { format: "kiro", displayName: "Mine", own: [1] })
      assert.strictEqual(texts[".ai/projects/bare/events.jsonl"], "{}\n")
    }).pipe(Effect.provide(inShop({
      ".ai/projects/bare/spec.md": "# X\n",
      ".ai/projects/bare/events.jsonl": "{}\n",
      ".ai/projects/plain/metadata.json": "{\"displayName\":\"Mine\",\"own\":[1]}"
    }))))

  it.effect("undoes what it made when it is interrupted, and gives the number to nobody else", () =>
    Effect.gen(function*() {
      const projects = yield* SpecProjects
      const operations = yield* Operations
      const before = yield* world
      const fiber = yield* Effect.forkChild(operations.run(
        { kind: "test", subject: "x", plan: [] },
        () => Effect.andThen(projects.create({ directory, name: "x", format: "codev" }), Effect.never)
      ))
      yield* Effect.yieldNow
      yield* Fiber.interrupt(fiber)
      // Whichever moment it was: either nothing was made, or all of it.
      const texts = yield* world
      const isMade = texts[".ai/projects/x/metadata.json"] !== undefined
      if (isMade) assert.isDefined(texts["codev/reviews/0001-x.link.md"])
      else assert.deepStrictEqual(withoutRecord(texts), before)
    }).pipe(Effect.provide(inShop({}))))

  it.effect("undoes what it made when a step fails", () =>
    Effect.gen(function*() {
      const projects = yield* SpecProjects
      const failure = yield* Effect.flip(projects.create({ directory, name: "auth", format: "kiro" }))
      assert.strictEqual(failure.code, "file-unavailable")
      assert.deepStrictEqual(withoutRecord(yield* world), {
        "README.md": "# Shop\n",
        ".kiro": "a file is in the way\n"
      })
    }).pipe(Effect.provide(inShop({ ".kiro": "a file is in the way\n" }))))

  it.effect("gives the number that pointer files keep for a name whose folder was lost", () =>
    Effect.gen(function*() {
      const projects = yield* SpecProjects
      const { project } = yield* projects.create({ directory, name: "lost", format: "codev" })
      assert.strictEqual(project.codevNumber, "0004")
      assert.strictEqual(
        (yield* projects.create({ directory, name: "n", format: "codev" })).project.codevNumber,
        "0010"
      )
    }).pipe(Effect.provide(inShop({
      "codev/specs/0004-lost.link.md": "old",
      "codev/plans/0002-other.md": "a text",
      ".ai/projects/.codev-number": "9"
    }))))
})

describe("SpecProjects.establish", () => {
  it.effect("is idempotent, keeps a project's format, and adopts one that is there", () =>
    Effect.gen(function*() {
      const projects = yield* SpecProjects
      const wish = { name: "auth", format: null, displayName: "Log in", description: "" } as const
      const first = yield* projects.establish(repository, wish)
      assert.deepInclude(first, { name: "auth", format: null, path: `${main}/.ai/projects/auth` })
      assert.notProperty(metadataOf(yield* world, "auth"), "format")
      const before = yield* world
      yield* projects.establish(repository, wish)
      assert.deepStrictEqual(yield* world, before)
      const kiro = yield* projects.establish(repository, { ...wish, format: "kiro" })
      assert.strictEqual(kiro.format, "kiro")
      assert.strictEqual((yield* projects.establish(repository, wish)).format, "kiro")
      const refused = yield* Effect.flip(projects.establish(repository, { ...wish, format: "codev" }))
      assert.strictEqual(refused.code, "spec-project-exists")
    }).pipe(Effect.provide(inShop({}))))

  it.effect("refuses what was never moved, whatever tool it is of", () =>
    Effect.gen(function*() {
      const projects = yield* SpecProjects
      for (const name of ["auth", "pay"]) {
        const wish = { name, format: null, displayName: name, description: "" }
        const refused = yield* Effect.flip(projects.establish(repository, wish))
        assert.strictEqual(refused.code, "spec-not-migrated")
        assert.include(refused.hint, "slipway project migrate")
      }
    }).pipe(Effect.provide(inShop({ ".kiro/specs/auth/tasks.md": "", "codev/specs/0001-pay.md": "" }))))
})

describe("SpecProjects.doctor", () => {
  const kinds = Effect.map(
    SpecProjects.use((projects) => projects.doctor({ directory, fix: false })),
    ({ findings }) => findings.map(({ kind, subject }) => `${kind} ${subject}`).toSorted()
  )

  it.effect("finds each fault, mends what needs no person, and then finds only the others", () =>
    Effect.gen(function*() {
      const projects = yield* SpecProjects
      const specFiles = yield* SpecFiles
      yield* (yield* ProjectFiles).makeDirectory(`${main}/.ai/projects/empty`)
      yield* specFiles.makeLink(`${main}/.kiro/specs/stray`, "/nowhere")
      yield* specFiles.makeLink(`${main}/.kiro/specs/taken`, `${main}/README.md`)
      yield* specFiles.makeLink(`${main}/.kiro/specs/gone`, "../../.ai/projects/gone")
      yield* specFiles.makeLink(`${main}/.ai/projects/linked`, "/etc")
      const people = [
        "damaged-metadata broken",
        "link-elsewhere .ai/projects/linked",
        "link-elsewhere taken",
        "metadata-missing empty",
        "name-invalid .ai/projects/odd name",
        "not-migrated .kiro/specs/unmoved",
        "not-migrated codev/specs/0009-unmoved.md",
        "number-twice 0003",
        "project-missing .kiro/specs/gone",
        "project-missing codev/specs/0008-nobody.link.md"
      ]
      assert.deepStrictEqual(
        yield* kinds,
        [
          ...people,
          "ignore-entry-missing .gitignore",
          "link-elsewhere stray",
          "link-missing plain",
          "metadata-missing bare",
          "metadata-outdated stale",
          "number-missing unnumbered",
          "pointer-missing one",
          "pointer-missing one",
          "pointer-missing two",
          "pointer-missing two",
          "pointer-missing two",
          "pointer-outdated one"
        ].toSorted()
      )
      const { failures, fixed } = yield* projects.doctor({ directory, fix: true })
      assert.isTrue(fixed)
      assert.deepStrictEqual(failures, [])
      const left = yield* kinds
      // What got its metadata may now lack its link.
      assert.deepStrictEqual(left.filter((each) => !each.endsWith(" bare")), people)
      const texts = yield* world
      assert.deepInclude(metadataOf(texts, "stale"), { name: "stale", artifacts: ["design.md"], own: true })
      assert.strictEqual(metadataOf(texts, "unnumbered").codevNumber, "0010")
      assert.strictEqual(texts[".ai/projects/broken/metadata.json"], "{")
      assert.strictEqual(texts["codev/specs/0009-unmoved.md"], "text")
    }).pipe(
      Effect.provide(inShop({
        ".ai/projects/bare/requirements.md": "# Requirements Document\n",
        ".ai/projects/broken/metadata.json": "{",
        ".ai/projects/odd name/metadata.json": "{}",
        ".ai/projects/plain/metadata.json": "{\"name\":\"plain\",\"format\":\"kiro\"}",
        ".ai/projects/stray/metadata.json": "{\"name\":\"stray\",\"format\":\"kiro\"}",
        ".ai/projects/taken/metadata.json": "{\"name\":\"taken\",\"format\":\"kiro\"}",
        ".ai/projects/stale/metadata.json": "{\"name\":\"old\",\"artifacts\":[\"spec.md\"],\"own\":true}",
        ".ai/projects/stale/design.md": "",
        ".ai/projects/one/metadata.json": "{\"name\":\"one\",\"format\":\"codev\",\"codevNumber\":\"0003\"}",
        ".ai/projects/two/metadata.json": "{\"name\":\"two\",\"format\":\"codev\",\"codevNumber\":\"0003\"}",
        ".ai/projects/unnumbered/metadata.json": "{\"name\":\"unnumbered\",\"format\":\"codev\"}",
        "codev/specs/0003-one.link.md": "edited by hand",
        "codev/specs/0008-nobody.link.md": "x",
        "codev/specs/0009-unmoved.md": "text",
        ".kiro/specs/unmoved/tasks.md": "x"
      }))
    ))

  it.effect("numbers what has none, beside what a pointer file numbers", () =>
    Effect.gen(function*() {
      const projects = yield* SpecProjects
      const { failures } = yield* projects.doctor({ directory, fix: true })
      assert.deepStrictEqual(failures, [])
      const texts = yield* world
      assert.deepStrictEqual(
        ["a", "b", "c"].map((name) => metadataOf(texts, name).codevNumber),
        ["0004", "0005", "0006"]
      )
    }).pipe(
      Effect.provide(inShop({
        ".ai/projects/a/metadata.json": "{\"name\":\"a\",\"format\":\"codev\"}",
        ".ai/projects/b/metadata.json": "{\"name\":\"b\",\"format\":\"codev\"}",
        ".ai/projects/c/metadata.json": "{\"name\":\"c\",\"format\":\"codev\"}",
        "codev/specs/0004-a.link.md": "x"
      }))
    ))
})

describe("SpecProjects.migrate", () => {
  const Name = Schema.Literals(["auth", "pay", "b a d", "joined"])
  const Text = Schema.Literals(["", "# Title\n- [x] 1. Done\n", "other"])
  const KiroFile = Schema.Struct({
    name: Name,
    path: Schema.Literals(["requirements.md", "tasks.md", "deep/x.bin", "metadata.json", "spec.md"]),
    text: Text
  })
  const CodevFile = Schema.Struct({
    folder: Schema.Literals(["specs", "plans", "reviews"]),
    number: Schema.Literals(["0001", "0002", "x"]),
    name: Name,
    text: Text
  })

  const Some = <S extends Schema.Top>(item: S) => Schema.Array(item).check(Schema.isMaxLength(4))

  it.effect.prop(
    "loses no text, overwrites none, and has nothing left to do the second time",
    {
      kiro: Schema.Array(KiroFile),
      codev: Schema.Array(CodevFile),
      present: Schema.Array(KiroFile)
    },
    ({ codev, kiro, present }) => {
      const files = Object.fromEntries([
        ...kiro.map(({ name, path, text }) => [`.kiro/specs/${name}/${path}`, text] as const),
        ...codev.map(({ folder, name, number, text }) => [`codev/${folder}/${number}-${name}.md`, text] as const),
        ...present.map(({ name, path, text }) => [`.ai/projects/${name}/${path}`, text] as const)
      ])
      return Effect.gen(function*() {
        const projects = yield* SpecProjects
        const plan = yield* projects.planMigration({ directory })
        const { failures, left, steps } = yield* projects.migrate({ directory })
        assert.deepStrictEqual(failures, [])
        assert.deepStrictEqual(steps, plan.steps)
        const texts = yield* world
        const kept = (path: string) => path.endsWith("metadata.json")
        for (const [path, text] of Object.entries(files)) {
          if (kept(path)) continue
          const to = path.replace(/^\.kiro\/specs\//u, ".ai/projects/")
            .replace(/^codev\/(spec|plan|review)s\/\d+-(.+)\.md$/u, ".ai/projects/$2/$1.md")
          // It is where it was, or where it belongs; what was in the project's folder never changes.
          assert.include(path === to ? [texts[path]] : [texts[path], texts[to]], text, path)
        }
        for (const { path } of left) assert.isTrue(Object.keys(texts).some((each) => each.startsWith(path)), path)
        const again = yield* projects.migrate({ directory })
        assert.deepStrictEqual(again.steps, [])
        assert.deepStrictEqual(yield* world, texts)
      }).pipe(Effect.provide(inShop(files)))
    }
  )

  it.effect.prop(
    "comes to the same end after it was broken off anywhere",
    { kiro: Some(KiroFile), codev: Some(CodevFile), present: Some(KiroFile) },
    ({ codev, kiro, present }) => {
      const files = Object.fromEntries([
        ...kiro.map(({ name, path, text }) => [`.kiro/specs/${name}/${path}`, text] as const),
        ...codev.map(({ folder, name, number, text }) => [`codev/${folder}/${number}-${name}.md`, text] as const),
        ...present.map(({ name, path, text }) => [`.ai/projects/${name}/${path}`, text] as const)
      ])
      const migrated = (stepsBefore: number) =>
        Effect.gen(function*() {
          const projects = yield* SpecProjects
          const observer = yield* SpecObserver
          const runner = yield* SpecRunner
          const context = { repository: "shop", now: "1970-01-01T00:00:00Z" }
          const plan = planMigration(yield* observer.all(main), context)
          const actions = [...plan.common, ...plan.projects.flatMap((project) => project.actions)]
          yield* Effect.forEach(actions.slice(0, stepsBefore), (action) => runner.carryOut(main, action), {
            discard: true
          })
          yield* projects.migrate({ directory })
          return { steps: actions.length, texts: yield* world }
        }).pipe(
          Effect.provide(Layer.mergeAll(SpecObserver.layer, SpecRunner.layer).pipe(Layer.provideMerge(inShop(files)))),
          Effect.scoped
        )
      return Effect.gen(function*() {
        const { steps, texts } = yield* migrated(0)
        for (let done = 1; done <= steps; done++) assert.deepStrictEqual((yield* migrated(done)).texts, texts)
      })
    }
  )
})
