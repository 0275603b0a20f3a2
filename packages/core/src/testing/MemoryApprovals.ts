import { Effect, Layer, Ref } from "effect"
import { type ApprovalRequest, Approvals } from "../project/Approvals.ts"

/** Approvals that are forgotten when the layer goes. */
export const memoryApprovalsLayer: Layer.Layer<Approvals> = Layer.effect(
  Approvals,
  Effect.map(Ref.make<ReadonlySet<string>>(new Set()), (approved) =>
    Approvals.of({
      isApproved: Effect.fn("Approvals.isApproved")((request: ApprovalRequest) =>
        Effect.map(Ref.get(approved), (known) => known.has(keyOf(request)))
      ),
      approve: Effect.fn("Approvals.approve")((request: ApprovalRequest) =>
        Ref.update(approved, (known) => new Set(known).add(keyOf(request)))
      )
    }))
)

const keyOf = ({ repository, commands }: ApprovalRequest): string => JSON.stringify([repository, commands])
