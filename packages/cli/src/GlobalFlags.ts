import { Effect, Option } from "effect"
import { CliOutput, Flag, GlobalFlag } from "effect/cli"

/**
 * A flag without a value. It never takes the next word for its value, so `done --force 1` removes worktree `1`.
 */
export const switchFlag = (name: string, description: string): Flag.Flag<boolean> =>
  Flag.Boolean(name).pipe(
    Flag.withOptionalValue("true"),
    Flag.withoutNegation,
    Flag.withDescription(description),
    Flag.withDefault(false)
  )

/** `--json`. */
export const Json = GlobalFlag.Setting("json")({
  flag: switchFlag("json", "Print one JSON envelope on stdout instead of text")
})

/** `-v`, `--verbose`. */
export const Verbose = GlobalFlag.Setting("verbose")({
  flag: switchFlag("verbose", "Show the commands that are run, with their times, and stack traces").pipe(
    Flag.withAlias("v")
  )
})

/** `-C DIR`. */
export const Directory = GlobalFlag.Setting("directory")({
  flag: Flag.String("C").pipe(
    Flag.withMetavar("DIR"),
    Flag.withDescription("Run as if started in DIR"),
    Flag.optional
  )
})

/** `--version`. The parser's own one would take `-v`. */
export const VersionFlag = GlobalFlag.Action({
  flag: switchFlag("version", "Print the version"),
  run: Effect.fnUntraced(function*(_, { command, version }) {
    const presenter = yield* CliOutput.Presenter
    yield* presenter.present({ _tag: "Version", name: command.name, version })
  })
})

/** What the global flags say. */
export const settings = Effect.gen(function*() {
  return {
    json: yield* Json,
    verbose: yield* Verbose,
    directory: Option.getOrNull(yield* Directory)
  }
})
