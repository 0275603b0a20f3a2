import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import { type ApprovalRequest, Approvals } from "../project/Approvals.ts"

/** What every implementation of {@link Approvals} does. The layer is built anew for each test. */
export const approvalsContract = (name: string, layer: Layer.Layer<Approvals>): void => {
  const request: ApprovalRequest = { repository: "/code/shop", commands: [["pnpm", "install"], ["make", "db"]] }

  describe(`${name}: Approvals`, () => {
    it.effect("approves nothing by itself", () =>
      Effect.gen(function*() {
        assert.isFalse(yield* (yield* Approvals).isApproved(request))
      }).pipe(Effect.provide(layer)))

    it.effect("remembers, also when told twice", () =>
      Effect.gen(function*() {
        const approvals = yield* Approvals
        yield* approvals.approve(request)
        yield* approvals.approve(request)
        assert.isTrue(yield* approvals.isApproved(request))
      }).pipe(Effect.provide(layer)))

    it.effect("another text, order, split or repository is another request", () =>
      Effect.gen(function*() {
        const approvals = yield* Approvals
        yield* approvals.approve(request)
        const others: ReadonlyArray<ApprovalRequest> = [
          { ...request, repository: "/code/shop2" },
          { ...request, commands: [["pnpm", "install"]] },
          { ...request, commands: [["make", "db"], ["pnpm", "install"]] },
          { ...request, commands: [["pnpm install"], ["make", "db"]] },
          { ...request, commands: [["pnpm", "install", "make", "db"]] },
          { ...request, commands: [["pnpm", "install "], ["make", "db"]] }
        ]
        for (const other of others) assert.isFalse(yield* approvals.isApproved(other), JSON.stringify(other))
      }).pipe(Effect.provide(layer)))

    it.effect("keeps many approvals apart", () =>
      Effect.gen(function*() {
        const approvals = yield* Approvals
        const second = { ...request, commands: [["true"]] }
        const third = { ...request, repository: "/code/other" }
        for (const each of [request, second, third]) yield* approvals.approve(each)
        for (const each of [request, second, third]) assert.isTrue(yield* approvals.isApproved(each))
      }).pipe(Effect.provide(layer)))
  })
}
