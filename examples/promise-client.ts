/**
 * For programs without Effect: promises, plain data, `AbortSignal`.
 *
 * Run it: `node examples/promise-client.ts`
 */
import { connect, type Slipway, SlipwayError } from "@slipway/node-adapters"
import { makeSampleRepository } from "./SampleRepository.ts"

const say = (text: string) => process.stdout.write(`${text}\n`)

const tour = async (slipway: Slipway): Promise<void> => {
  const workspace = await slipway.impl("auth", {
    onProgress: ({ ms, step, type }) => {
      if (type === "step-succeeded") say(`  ${step} took ${ms} ms`)
    }
  })
  say(`branch ${workspace.branch}, sandbox ${workspace.health ?? "none"}`)
  for (const { url, variable } of workspace.urls) say(`${variable} ${url}`)

  const status = await slipway.status("auth")
  say(`${status.name}: ${status.changedFiles} changed files`)

  // Aborted in the middle: what was made so far is undone before the promise rejects.
  const controller = new AbortController()
  try {
    await slipway.impl("billing", {
      signal: controller.signal,
      onProgress: ({ step, type }) => {
        if (type === "step-succeeded" && step === "add-worktree") controller.abort()
      }
    })
  } catch (error) {
    // Every expected failure is a SlipwayError with a stable code; anything else is a bug.
    if (!(error instanceof SlipwayError)) throw error
    say(`billing: ${error.code}`)
  }

  const { worktrees } = await slipway.worktrees()
  say(`worktrees: ${worktrees.map(({ name }) => name).join(", ")}`)

  const removed = await slipway.done("auth")
  say(`removed ${removed.branch}`)
}

export const main = async (): Promise<void> => {
  const repository = makeSampleRepository()
  const slipway = await connect({ cwd: repository.root, home: repository.home })
  try {
    await tour(slipway)
  } finally {
    // From Node 24 on, `await using slipway = …` does this by itself.
    await slipway.close()
    repository[Symbol.dispose]()
  }
}

if (process.argv[1] === import.meta.filename) await main()
