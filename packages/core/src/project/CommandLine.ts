/** A program and its arguments; never a shell's text. */
export type CommandLine = readonly [program: string, ...args: ReadonlyArray<string>]
