import { Effect, Layer } from "effect"
import { Host, type ProcessIdentity } from "../operation/Host.ts"

/**
 * A host that is told what it is. This process is number 4242 and lives; of the others, those live that are named.
 *
 * @example
 * memoryHostLayer({ home: "/home/ada/.devops-ai", alive: [{ pid: 7, startedAt: "1" }] })
 */
export const memoryHostLayer = (options: {
  readonly self?: ProcessIdentity
  readonly home?: string
  readonly variables?: Readonly<Record<string, string>>
  readonly alive?: ReadonlyArray<ProcessIdentity>
} = {}): Layer.Layer<Host> => {
  const self = options.self ?? { pid: 4242, startedAt: "boot-1:100" }
  const alive = [self, ...options.alive ?? []]
  return Layer.succeed(
    Host,
    Host.of({
      self,
      home: options.home ?? "/home/ada/.devops-ai",
      variables: options.variables ?? {},
      isAlive: ({ pid, startedAt }) =>
        Effect.succeed(alive.some((one) => one.pid === pid && one.startedAt === startedAt))
    })
  )
}
