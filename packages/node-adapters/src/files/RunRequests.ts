import type { RunRequest, RunUnavailable } from "@slipway/core"
import { Clock, Effect, Option, Schema, Stream } from "effect"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { absentAsNull, attemptOn } from "./BatchRunFolder.ts"
import { folderChanges } from "./FolderChanges.ts"
import { isAbsent } from "./SystemWords.ts"

const StoredRequest = Schema.fromJsonString(Schema.Union([
  Schema.TaggedStruct("Cancel", {}),
  Schema.TaggedStruct("Suspend", { suspend: Schema.Boolean })
]))
const encodeRequest = Schema.encodeSync(StoredRequest)
const decodeRequest = Schema.decodeUnknownOption(StoredRequest)

/** How often requests are looked for where the system does not tell of them. */
const lookAfter = "500 millis"

const extension = ".json"

let requestsMade = 0

/** Leaves a request in the folder of a run's requests, for whoever works on it. */
export const makeRunRequest = Effect.fnUntraced(function*(folder: string, request: RunRequest) {
  const milliseconds = yield* Clock.currentTimeMillis
  requestsMade += 1
  // They are heard in the order of their names.
  const order = `${String(milliseconds).padStart(15, "0")}-${String(requestsMade).padStart(9, "0")}`
  const name = `${order}-${crypto.randomUUID()}`
  const temporary = join(folder, `.${name}.tmp`)
  yield* attemptOn(folder, async () => {
    try {
      await fs.writeFile(temporary, encodeRequest(request), { flag: "wx", mode: 0o600 })
      await fs.rename(temporary, join(folder, `${name}${extension}`))
    } catch (error) {
      await fs.rm(temporary, { force: true }).catch(() => {})
      throw error
    }
  })
})

/** The requests in a folder, and those to come. Of all who listen one hears each. */
export const hearRunRequests = (folder: string): Stream.Stream<RunRequest, RunUnavailable> =>
  Stream.unwrap(Effect.map(folderChanges(folder, lookAfter), (changed) => {
    const next: Effect.Effect<ReadonlyArray<RunRequest>, RunUnavailable> = Effect.flatMap(
      attemptOn(folder, () => takeRequests(folder)),
      (found) => found.length > 0 ? Effect.succeed(found) : Effect.andThen(changed, next)
    )
    return Stream.fromIterableEffectRepeat(next)
  }))

/** Takes the requests in a folder away without hearing them. */
export const forgetRunRequests = (folder: string): Effect.Effect<void, RunUnavailable> =>
  Effect.asVoid(attemptOn(folder, () => takeRequests(folder)))

const takeRequests = async (folder: string): Promise<ReadonlyArray<RunRequest>> => {
  const names = (await fs.readdir(folder)).filter((name) => !name.startsWith(".") && name.endsWith(extension))
  const found: Array<RunRequest> = []
  for (const name of names.sort()) {
    const path = join(folder, name)
    const text = await absentAsNull(fs.readFile(path, "utf8"))
    if (text === null || !await isTaken(path)) continue
    // Names are given to whole files alone: what is no request was not made by this Slipway, and is passed over.
    const request = decodeRequest(text)
    if (Option.isSome(request)) found.push(request.value)
  }
  return found
}

/** Whether it was this one that took the file away. */
const isTaken = async (path: string): Promise<boolean> => {
  try {
    await fs.unlink(path)
    return true
  } catch (error) {
    if (isAbsent(error)) return false
    throw error
  }
}
