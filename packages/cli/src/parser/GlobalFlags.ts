import { Result } from "effect"
import type { Settings } from "../Invocation.ts"
import type { Given } from "./CommandDefinition.ts"
import { type Flag, switchFlag, textFlag } from "./Parameter.ts"

const help = switchFlag("--help", "Show how the command is used", { short: "-h" })
const version = switchFlag("--version", "Print the version")
const json = switchFlag("--json", "Print one JSON envelope on stdout instead of text")
const verbose = switchFlag("--verbose", "Show the commands that are run, with their times", { short: "-v" })
const directory = textFlag("-C", "DIR", "Run as if started in DIR")

/** The flags that every command takes, before its name and after. */
export const globalFlags: ReadonlyArray<Flag<unknown>> = [help, version, json, verbose, directory]

/** What the global flags say. */
export const globalSettings = (
  flags: Given["flags"]
): Settings["Service"] & { readonly help: boolean; readonly version: boolean } => {
  const read = <A>(flag: Flag<A>): A => Result.getOrThrow(flag.read(flags.get(flag.spellings[0]) ?? []))
  return {
    help: read(help),
    version: read(version),
    json: read(json),
    verbose: read(verbose),
    directory: read(directory)
  }
}
