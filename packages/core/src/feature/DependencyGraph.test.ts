import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { dependencyCycle } from "./DependencyGraph.ts"

const Node = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 6 }))
const Edges = Schema.Array(Schema.Tuple([Node, Node])).check(Schema.isMaxLength(14))

/** Whether one leads to the other, by the edges taken together as often as there are nodes. */
const leadsTo = (edges: ReadonlyArray<readonly [number, number]>, from: number, to: number): boolean => {
  const reached = new Set([from])
  for (let round = 0; round < 7; round++) for (const [a, b] of edges) if (reached.has(a)) reached.add(b)
  return reached.has(to)
}

const waysFrom = (edges: ReadonlyArray<readonly [number, number]>) => (name: string): ReadonlyArray<string> =>
  edges.flatMap(([a, b]) => String(a) === name ? [String(b)] : [])

describe("dependencyCycle", () => {
  it("finds none where none is closed", () => {
    assert.isNull(dependencyCycle("a", "b", () => []))
  })

  it("tells the shortest way around", () => {
    const graph = new Map([["b", ["c", "d"]], ["c", ["d"]], ["d", ["a"]]])
    assert.deepStrictEqual(dependencyCycle("a", "b", (name) => graph.get(name) ?? []), ["a", "b", "d", "a"])
    assert.deepStrictEqual(dependencyCycle("a", "a", () => []), ["a", "a"])
  })

  it.effect.prop(
    "tells a way along dependencies that are there, exactly when the new one closes a circle",
    { edges: Edges, from: Node, dependsOn: Node },
    ({ dependsOn, edges, from }) =>
      Effect.sync(() => {
        const cycle = dependencyCycle(String(from), String(dependsOn), waysFrom(edges))
        assert.strictEqual(cycle !== null, leadsTo(edges, dependsOn, from))
        if (cycle === null) return
        assert.strictEqual(cycle[0], String(from))
        assert.strictEqual(cycle.at(-1), String(from))
        assert.strictEqual(cycle[1], String(dependsOn))
        assert.strictEqual(new Set(cycle).size, cycle.length - 1, "a detour")
        for (const [at, name] of cycle.slice(1, -1).entries()) {
          assert.include(waysFrom(edges)(name), cycle[at + 2])
        }
      }),
    { arbitrary: { runs: 500 } }
  )
})
