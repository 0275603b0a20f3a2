import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer, Ref, type Scope } from "effect"
import { Compose, type ComposeProject } from "../sandbox/Compose.ts"
import { Containers } from "../sandbox/Containers.ts"
import { type ComposeSample, ComposeSamples, type SampleProgram } from "./ComposeSamples.ts"

const everything = { volumes: true, images: true }

const twoServices = `
services:
  web:
    __PROGRAM__
    ports: ["\${WEB_PORT}:8080"]
    volumes: ["data:/data"]
    depends_on: [db]
  db:
    __PROGRAM__
  debug:
    __PROGRAM__
    profiles: [debug]
volumes:
  data:
`

/** What every implementation of {@link Compose} does, beside a {@link Containers} of the same engine. */
export const composeContract = <E>(
  name: string,
  layer: Layer.Layer<Compose | Containers | ComposeSamples, E>,
  options: { readonly timeout?: number; readonly skip?: boolean } = {}
): void => {
  const { skip = false, timeout = 60_000 } = options

  const given = Effect.fnUntraced(function*(compose: string, programs: Readonly<Record<string, SampleProgram>> = {}) {
    const sample = yield* (yield* ComposeSamples).make(compose, programs)
    const freePort = yield* sample.freePort
    const project: ComposeProject = { ...sample.project, variables: { WEB_PORT: String(freePort) } }
    return { compose: yield* Compose, containers: yield* Containers, sample, project, freePort }
  })

  const states = Effect.fnUntraced(function*(project: ComposeProject) {
    const found = yield* (yield* Containers).list({ project: project.name })
    return Object.fromEntries(found.map(({ service, state }) => [service, state]))
  })

  const remains = Effect.fnUntraced(function*({ name: project }: ComposeProject) {
    const containers = yield* Containers
    return {
      containers: (yield* containers.list({ project })).length,
      networks: (yield* containers.networks({ project })).length,
      volumes: (yield* containers.volumes({ project })).length,
      images: (yield* containers.images({ project })).length
    }
  })

  const test = (
    title: string,
    body: () => Effect.Effect<void, unknown, Compose | Containers | ComposeSamples | Scope.Scope>
  ) => it.live(title, () => body().pipe(Effect.scoped, Effect.provide(layer)), timeout)

  const invalid = Effect.fnUntraced(
    function*(text: string, change?: (sample: ComposeSample) => Partial<ComposeProject>) {
      const { compose, project, sample } = yield* given(text)
      const failure = yield* Effect.flip(compose.resolve({ ...project, ...change?.(sample) }))
      assert.strictEqual(failure._tag, "ComposeInvalid")
      return failure._tag === "ComposeInvalid" ? failure.stderr : ""
    }
  )

  describe.skipIf(skip)(`${name}: Compose`, () => {
    test("tells a version of 2 or newer", () =>
      Effect.gen(function*() {
        assert.match(yield* (yield* Compose).version, /^(?:[2-9]|\d\d)\./u)
      }))

    test("resolves a project: variables, long forms, names, absolute paths", () =>
      Effect.gen(function*() {
        const { compose, freePort, project } = yield* given(twoServices)
        const { document, json, warnings } = yield* compose.resolve(project)
        assert.deepStrictEqual(Object.keys(document.services).toSorted(), ["db", "web"])
        assert.deepStrictEqual(document.services["web"]?.ports?.map(({ published, target }) => [published, target]), [
          [String(freePort), 8080]
        ])
        assert.deepStrictEqual(
          document.services["web"]?.volumes?.map(({ source, target, type }) => [type, source, target]),
          [
            ["volume", "data", "/data"]
          ]
        )
        assert.strictEqual(document.volumes?.["data"]?.name, `${project.name}_data`)
        assert.strictEqual(document.networks?.["default"]?.name, `${project.name}_default`)
        assert.strictEqual(document.name, project.name)
        assert.include(json, `${project.directory}/`)
        assert.deepStrictEqual(warnings, [])
      }))

    test("the project's variables stand above env files, of which the last counts", () =>
      Effect.gen(function*() {
        const { compose, project, sample } = yield* given(`
services:
  web:
    image: "\${A}-\${B}-\${C:-none}"
    environment: { WHERE: "\${PWD}", NAME: "\${COMPOSE_PROJECT_NAME}" }
`)
        const envFiles = [
          yield* sample.write("1.env", "A=one\nB=one\nC=one\n"),
          yield* sample.write("2.env", "B=two\nC=\n")
        ]
        const { document } = yield* compose.resolve({ ...project, envFiles, variables: { A: "process" } })
        assert.strictEqual(document.services["web"]?.image, "process-two-none")
        assert.deepStrictEqual(document.services["web"]?.environment, { WHERE: project.directory, NAME: project.name })
      }))

    test("a later file is merged, and may replace or take away", () =>
      Effect.gen(function*() {
        const { compose, project, sample } = yield* given(`
services:
  web:
    image: one
    container_name: fixed
    ports: ["80:80"]
    environment: { A: "1" }
  other: { image: two, ports: ["81:81"] }
`)
        const override = yield* sample.write(
          "override.yml",
          `
services:
  web:
    container_name: !reset null
    ports: !override [{ target: 80, published: "8081" }]
    environment: { B: "2" }
  other:
    ports: ["82:82"]
`
        )
        const { document } = yield* compose.resolve({ ...project, files: [...project.files, override] })
        const { other, web } = document.services
        assert.strictEqual(web?.container_name, undefined)
        assert.deepStrictEqual(web?.ports?.map(({ published }) => published), ["8081"])
        assert.deepStrictEqual(web?.environment, { A: "1", B: "2" })
        assert.deepStrictEqual(other?.ports?.map(({ published }) => published).toSorted(), ["81", "82"])
      }))

    test("profiles switch services on", () =>
      Effect.gen(function*() {
        const { compose, project } = yield* given(twoServices)
        const services = (profiles: ReadonlyArray<string>) =>
          Effect.map(compose.resolve({ ...project, profiles }), ({ document }) =>
            Object.keys(document.services).toSorted())
        assert.deepStrictEqual(yield* services([]), ["db", "web"])
        assert.deepStrictEqual(yield* services(["debug"]), ["db", "debug", "web"])
        assert.deepStrictEqual(yield* services(["*"]), ["db", "debug", "web"])
      }))

    test("warns of variables that are not set, each once", () =>
      Effect.gen(function*() {
        const { compose, project } = yield* given(
          "services: { web: { image: \"a:${UNSET_ONE}\", command: \"${UNSET_ONE} ${UNSET_TWO} ${FINE:-}\" } }"
        )
        const { warnings } = yield* compose.resolve(project)
        assert.lengthOf(warnings, 2)
        assert.lengthOf(warnings.filter((warning) => warning.includes("UNSET_ONE")), 1)
        assert.lengthOf(warnings.filter((warning) => warning.includes("UNSET_TWO")), 1)
      }))

    test("an invalid project is refused with the reason, told once", () =>
      Effect.gen(function*() {
        const required = yield* invalid("services: { web: { image: \"a:${TAG:?say which}\" } }")
        assert.match(required, /required variable TAG is missing/u)
        assert.lengthOf(required.split("\n"), 1)
        assert.match(yield* invalid("services:\n  web:\n   image: a\n  - b\n"), /yaml/u)
        assert.match(yield* invalid("services: { web: { image: a, portz: [1] } }"), /portz is not allowed/u)
        assert.match(yield* invalid(""), /empty/u)
        assert.match(
          yield* invalid(twoServices, ({ project }) => ({ files: [`${project.directory}/absent.yml`] })),
          /absent\.yml: no such file/u
        )
        assert.match(
          yield* invalid(twoServices, ({ project }) => ({ envFiles: [`${project.directory}/absent.env`] })),
          /absent\.env/u
        )
      }))

    test("up makes containers, network, volume and image; up again changes nothing; down takes all away", () =>
      Effect.gen(function*() {
        const { compose, containers, freePort, project } = yield* given(twoServices)
        const lines = yield* Ref.make(0)
        yield* compose.up(project, { services: [], onLine: () => Ref.update(lines, (count) => count + 1) })
        assert.deepStrictEqual(yield* states(project), { web: "running", db: "running" })
        assert.isAbove(yield* Ref.get(lines), 0)
        assert.deepStrictEqual(yield* remains(project), { containers: 2, networks: 1, volumes: 1, images: 2 })
        const first = yield* containers.list({ project: project.name })
        assert.deepStrictEqual(first.find(({ service }) => service === "web")?.ports, [
          { host: freePort, container: 8080, protocol: "tcp" }
        ])
        yield* compose.up(project, { services: [] })
        const second = yield* containers.list({ project: project.name })
        assert.sameMembers(second.map(({ id }) => id), first.map(({ id }) => id))

        yield* compose.down(project, { volumes: false, images: false })
        assert.deepStrictEqual(yield* remains(project), { containers: 0, networks: 0, volumes: 1, images: 2 })
        yield* compose.down(project, everything)
        assert.deepStrictEqual(yield* remains(project), { containers: 0, networks: 0, volumes: 0, images: 0 })
        yield* compose.down(project, everything)
      }))

    test("up of some services starts what they depend on, and no more", () =>
      Effect.gen(function*() {
        const { compose, project } = yield* given(twoServices)
        yield* compose.up(project, { services: ["db"] })
        assert.deepStrictEqual(yield* states(project), { db: "running" })
        yield* compose.up(project, { services: ["web"] })
        assert.deepStrictEqual(yield* states(project), { db: "running", web: "running" })
      }))

    test("up takes away services that the file no longer has", () =>
      Effect.gen(function*() {
        const { compose, project, sample } = yield* given(
          "services:\n  web:\n    __PROGRAM__\n  old:\n    __PROGRAM__\n"
        )
        yield* compose.up(project, { services: [] })
        const less = yield* sample.write("less.yml", "services:\n  web:\n    __PROGRAM__\n")
        yield* compose.up({ ...project, files: [less] }, { services: [] })
        assert.deepStrictEqual(yield* states(project), { web: "running" })
      }))

    test("up on a port that is taken fails and names it", () =>
      Effect.gen(function*() {
        const { compose, project, sample } = yield* given(twoServices)
        const port = yield* sample.takenPort
        const failure = yield* Effect.flip(
          compose.up({ ...project, variables: { WEB_PORT: String(port) } }, { services: [] })
        )
        assert.strictEqual(failure._tag, "ComposeFailed")
        if (failure._tag === "ComposeFailed") assert.strictEqual(failure.portTaken, port)
        yield* compose.down(project, everything)
        assert.deepStrictEqual(yield* remains(project), { containers: 0, networks: 0, volumes: 0, images: 0 })
      }))

    test("up of an unknown service fails with Compose's words, once", () =>
      Effect.gen(function*() {
        const { compose, project } = yield* given(twoServices)
        const failure = yield* Effect.flip(compose.up(project, { services: ["nope"] }))
        assert.strictEqual(failure._tag, "ComposeFailed")
        if (failure._tag === "ComposeFailed") assert.strictEqual(failure.stderr, "no such service: nope")
      }))

    test("stops, starts and restarts", () =>
      Effect.gen(function*() {
        const { compose, project } = yield* given(twoServices)
        yield* compose.up(project, { services: [] })
        yield* compose.control(project, "stop", ["web"])
        assert.deepStrictEqual(yield* states(project), { web: "exited", db: "running" })
        yield* compose.control(project, "start", ["web"])
        assert.deepStrictEqual(yield* states(project), { web: "running", db: "running" })
        yield* compose.control(project, "stop", [])
        assert.deepStrictEqual(yield* states(project), { web: "exited", db: "exited" })
        yield* compose.control(project, "restart", [])
        assert.deepStrictEqual(yield* states(project), { web: "running", db: "running" })
      }))

    test("exec gives the exit code of the command", () =>
      Effect.gen(function*() {
        const { compose, project } = yield* given(twoServices)
        yield* compose.up(project, { services: ["db"] })
        assert.strictEqual(yield* compose.exec(project, "db", ["exit", "0"], { terminal: false }), 0)
        assert.strictEqual(yield* compose.exec(project, "db", ["exit", "42"], { terminal: false }), 42)
      }))
  })
}
