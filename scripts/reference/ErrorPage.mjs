import { code, generatedFrom, page, table } from "./Markdown.mjs"

const meanings = {
  done: "Done.",
  failed: "It failed: a tool, the engine or the system refused.",
  usage: "The command line or a file of yours is not right.",
  notFound: "What was named does not exist.",
  refused: "Refused, because work would be lost or consent is missing.",
  conflict: "Something is in the way or busy; try again when it is not.",
  notReady: "Not ready in time; everything is kept.",
  corrupt: "Slipway's own state is damaged; `slipway doctor` tells what is left.",
  timedOut: "the time of a run, or of one of its tasks, was over",
  interrupted: "Interrupted with Ctrl-C.",
  terminated: "Ended by a signal."
}

/** The reference of error and exit codes, from the two tables in core. */
export const errorPage = (problemCodes, exitCodes) =>
  page(
    generatedFrom("the tables in `packages/core/src/operation/Problem.ts`"),
    "# Errors and exit codes",
    "Every expected failure has a stable code, a message that says what happened, and a hint that says what to do next. " +
      "With `--json` they are in `error` of the envelope. A code never changes its meaning.",
    "## Exit codes",
    table(
      ["Exit code", "Meaning"],
      Object.entries(exitCodes).map(([name, exitCode]) => [code(String(exitCode)), meaningOf(name)])
    ),
    "## Error codes",
    table(
      ["Code", "Exit code"],
      Object.entries(problemCodes).map(([problem, name]) => [code(problem), code(String(exitCodes[name]))])
    )
  )

const meaningOf = (name) => {
  const meaning = meanings[name]
  if (meaning === undefined) throw new Error(`the exit code ${name} has no words in scripts/reference/ErrorPage.mjs`)
  return meaning
}
