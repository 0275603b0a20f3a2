import { assert, describe, it } from "@effect/vitest"
import { composeProjectOf } from "../slot/Slot.ts"
import { type Container, labels } from "./Containers.ts"
import { claimOfLabels, labelledSandboxes } from "./LostClaims.ts"

const home = "/home/dev/.devops-ai"

const container = (service: string, own: Readonly<Record<string, string>> = {}): Container => ({
  id: service,
  name: `shop-slot-3-${service}-1`,
  project: "shop-slot-3",
  service,
  image: "shop",
  state: "running",
  health: null,
  exitCode: null,
  ports: [],
  labels: {
    [labels.composeProject]: "shop-slot-3",
    [labels.project]: "Shop",
    [labels.slot]: "3",
    [labels.worktree]: "/code/shop-impl-auth",
    [labels.home]: home,
    ...own
  }
})

describe("claims that only containers tell of", () => {
  it("are told once a sandbox, with the ports that the formula gives", () => {
    const [sandbox, ...others] = labelledSandboxes([container("api"), container("db")], home)
    assert.deepStrictEqual(others, [])
    assert(sandbox !== undefined)
    const slot = claimOfLabels(sandbox, {
      home,
      repository: "/code/shop",
      config: { ports: { API_PORT: 8080, DB_PORT: 5432 }, portStride: 10 },
      claimedAt: "2026-02-08T15:30:00.000Z"
    })
    assert.deepInclude(slot, {
      slot_id: 3,
      project: "Shop",
      worktree_path: "/code/shop-impl-auth",
      slot_dir: `${home}/slots/Shop-3`,
      ports: { API_PORT: 8110, DB_PORT: 5462 },
      status: "running"
    })
    assert.strictEqual(composeProjectOf(slot), "shop-slot-3")
  })

  it("are not told by containers of others, nor by labels that make no sense", () => {
    const strangers = [
      container("other-home", { [labels.home]: "/home/else" }),
      container("no-number", { [labels.slot]: "three" }),
      container("too-far", { [labels.slot]: "101" }),
      { ...container("none"), labels: {} }
    ]
    assert.deepStrictEqual(labelledSandboxes(strangers, home), [])
  })
})
