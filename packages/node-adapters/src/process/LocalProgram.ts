import type { Batches, BatchRequest } from "@slipway/core"
import { Effect, Stream } from "effect"
import { statSync } from "node:fs"
import { isAbsolute, resolve } from "node:path"

/**
 * A request whose program, where it is a path such as `./agent.sh`, is the file that it names in the caller's folder: agents
 * run elsewhere. What is no file there stays as it is, for it may be one of the workspace; so does a container's program.
 *
 * @example
 * localProgram({ directory: "/code/khealth", files: [], command: ["./agent.sh", "--fast"] }).command
 * // ["/code/khealth/agent.sh", "--fast"]
 */
export const localProgram = <Request extends Pick<BatchRequest, "command" | "directory" | "runner">>(
  request: Request
): Request => {
  const { command, directory, runner } = request
  if (command === undefined || typeof command === "string" || runner === "docker") return request
  const [program, ...args] = command
  if (program === undefined || !program.includes("/") || isAbsolute(program)) return request
  const path = resolve(directory, program)
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
    ? { ...request, command: [path, ...args] }
    : request
}

/** Batches for callers who name programs by where they stand themselves. */
export const withLocalPrograms = (batches: Batches["Service"]): Batches["Service"] => ({
  ...batches,
  plan: (request, kind) => Effect.suspend(() => batches.plan(localProgram(request), kind)),
  run: (request, kind) => Stream.suspend(() => batches.run(localProgram(request), kind))
})
