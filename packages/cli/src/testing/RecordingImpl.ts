import type { Impl, ImplRequest } from "@slipway/core"
import { Effect } from "effect"
import type { FakeServices } from "./RunCommandLine.ts"
import * as Samples from "./Samples.ts"

/** An `Impl` that keeps what it is asked. */
export const recordingImpl = (run: Impl["Service"]["run"] = () => Effect.succeed(Samples.implResult)) => {
  const requests: Array<ImplRequest> = []
  const services: FakeServices = {
    impl: {
      plan: (request) => Effect.sync(() => (requests.push(request), Samples.implPlan)),
      run: (request) => Effect.andThen(Effect.sync(() => requests.push(request)), run(request))
    }
  }
  return { requests, services }
}
