import { assert, describe, it } from "@effect/vitest"
import type { Container, EngineObject } from "./Containers.ts"
import { labels } from "./Containers.ts"
import { keptVolumes, whyOccupied } from "./KeptVolumes.ts"

const home = "/home/dev/.devops-ai"

const object = (name: string, owner: string | null): EngineObject => ({
  id: name,
  name,
  labels: { [labels.composeProject]: "shop-slot-1", ...(owner === null ? {} : { [labels.home]: owner }) }
})

const container = (owner: string): Container => ({
  ...object("shop-slot-1-api-1", owner),
  project: "shop-slot-1",
  service: "api",
  image: "shop-slot-1-api",
  state: "exited",
  health: null,
  exitCode: 0,
  ports: []
})

const nothing = { containers: [], networks: [], volumes: [], images: [] }
const why = (left: Partial<Parameters<typeof whyOccupied>[1]>) =>
  whyOccupied("shop-slot-1", { ...nothing, ...left }, home, null)

describe("what stands in a slot that nobody claims", () => {
  it("is swept when it is what a crash left, or what the seed's tool left", () => {
    assert.isNull(why({}))
    assert.isNull(why({ containers: [container(home)], volumes: [object("data", home)] }))
    assert.isNull(why({ volumes: [object("data", null)] }))
    assert.isNull(why({ networks: [object("default", home)], images: [object("api", home)] }))
  })

  it("stays when it is the sandbox of a worktree that stands", () => {
    const left = { ...nothing, containers: [container(home)] }
    assert.include(whyOccupied("shop-slot-1", left, home, "/code/shop-impl-a") ?? "", "sandbox of /code/shop-impl-a")
  })

  it("stays when it is volumes alone, which somebody kept", () => {
    const volumes = [object("data", home), object("cache", home)]
    assert.deepStrictEqual(keptVolumes({ containers: [], volumes }), volumes)
    assert.strictEqual(why({ volumes }), "its volumes were kept; `docker volume rm data cache` frees it")
  })

  it("stays when it is another home's, volumes as well as containers", () => {
    for (const left of [{ containers: [container("/other")] }, { volumes: [object("data", "/other")] }]) {
      assert.strictEqual(why(left), "shop-slot-1 belongs to the Slipway of /other")
    }
  })
})
