import { Effect, Layer, Result } from "effect"
import { CliConfig, CliOutput, Command, GlobalFlag } from "effect/cli"
import { slipwayCommand } from "./Cli.ts"
import { type CommandHelp, commandHelp } from "./CommandHelp.ts"
import { VersionFlag } from "./GlobalFlags.ts"
import { parserEnvironment } from "./ParserEnvironment.ts"
import { version } from "./Version.ts"

const run = Command.runWith(slipwayCommand, { version })

/** Splits `-Cdir` and `-n20`, which the parser would take for a bunch of switches. */
const withSpacedValues = (args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const end = args.indexOf("--")
  const own = end === -1 ? args : args.slice(0, end)
  return [
    ...own.flatMap((arg) => /^-[Cn][^=]/u.test(arg) ? [arg.slice(0, 2), arg.slice(2)] : [arg]),
    ...(end === -1 ? [] : args.slice(end))
  ]
}

/**
 * Parses a command line and runs its command. Gives what the parser itself had to say (help, version, a mistake), if
 * anything, and how the command failed, if it did.
 */
export const parseAndRun = Effect.fnUntraced(function*(args: ReadonlyArray<string>) {
  let event: CliOutput.Presenter.Event | null = null
  const presenter = CliOutput.layerPresenter({
    present: (presented) =>
      Effect.sync(() => {
        event = presented
      })
  })
  const result = yield* Effect.result(run(withSpacedValues(args))).pipe(
    Effect.provide(
      Layer.mergeAll(presenter, CliConfig.layer({ builtIns: [GlobalFlag.Help, VersionFlag] }), parserEnvironment)
    )
  )
  return {
    // Assigned in a callback, which the compiler does not see.
    event: event as CliOutput.Presenter.Event | null,
    failure: Result.isFailure(result) ? result.failure : null
  }
})

/** Help of a command, or null when there is none of that path. Aliases are understood. */
export const helpOf = Effect.fnUntraced(function*(path: ReadonlyArray<string>) {
  const help = yield* plainHelpOf(path)
  if (help === null || path.length === 0) return help
  const parent = yield* plainHelpOf(help.path.slice(0, -1))
  const aliases = parent?.commands.find(({ name }) => name === help.path.at(-1))?.aliases ?? []
  return { ...help, aliases }
})

const plainHelpOf = Effect.fnUntraced(function*(path: ReadonlyArray<string>) {
  const { event } = yield* parseAndRun([...path, "--help"])
  if (event?._tag !== "Help" || event.commandPath.length !== path.length + 1) return null
  return commandHelp(event.helpDoc, [])
})

/** Help of every command of the tree, parents first. */
export const commandTree = (path: ReadonlyArray<string> = []): ReturnType<typeof walk> => walk(path)

const walk: (path: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<CommandHelp>, never, HelpServices> = Effect
  .fnUntraced(function*(path) {
    const help = yield* helpOf(path)
    if (help === null) return []
    const below = yield* Effect.forEach(help.commands, ({ name }) => walk([...path, name]))
    return [help, ...below.flat()]
  })

type HelpServices = Effect.Services<ReturnType<typeof helpOf>>
