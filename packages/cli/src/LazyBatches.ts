import type { Batches } from "@slipway/core"
import { Effect, Stream } from "effect"

/** The service about batches, loaded when it is first asked something. */
export const lazyBatches = (load: Effect.Effect<Batches["Service"]>): Batches["Service"] => {
  const stream = <A, E>(use: (batches: Batches["Service"]) => Stream.Stream<A, E>): Stream.Stream<A, E> =>
    Stream.unwrap(Effect.map(load, use))
  return {
    plan: (...args) => Effect.flatMap(load, (batches) => batches.plan(...args)),
    run: (...args) => stream((batches) => batches.run(...args)),
    resume: (...args) => stream((batches) => batches.resume(...args)),
    retry: (...args) => stream((batches) => batches.retry(...args)),
    cancel: (...args) => Effect.flatMap(load, (batches) => batches.cancel(...args)),
    status: (...args) => Effect.flatMap(load, (batches) => batches.status(...args)),
    list: Effect.flatMap(load, (batches) => batches.list),
    logs: (...args) => stream((batches) => batches.logs(...args))
  }
}
