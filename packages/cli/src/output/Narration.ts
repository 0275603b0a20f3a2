import { type OperationEvent, OperationListener } from "@slipway/core"
import { Clock, Effect } from "effect"
import { advance, frameMilliseconds, noProgress, statusLine } from "./Progress.ts"
import { Screen } from "./Screen.ts"

/** How much is told: `silent` nothing, `verbose` details too and steps at once. */
export type NarrationMode = "silent" | "usual" | "verbose"

/** After this many milliseconds a terminal shows what is going on. */
const patience = 500

/**
 * Tells on stderr what the operations inside an effect do. On a terminal: a spinner once it takes its time, and the
 * steps as they end; elsewhere plain lines. Who listened before goes on listening. Gives the warnings that were told,
 * too.
 */
export const narrating = Effect.fnUntraced(function*<A, E, R>(
  options: { readonly label: string; readonly mode: NarrationMode; readonly spinner: boolean },
  effect: Effect.Effect<A, E, R>
) {
  const screen = yield* Screen
  const since = yield* Clock.currentTimeMillis
  const told = new Set<string>()
  if (options.mode === "silent") return { result: yield* effect, told }

  const outer = yield* OperationListener
  const verbose = options.mode === "verbose"
  const isAnimated = screen.isAnimated && options.spinner
  // One fiber at a time touches these: a listener is called in order, and nothing suspends between reading and writing.
  let progress = noProgress
  let waiting: Array<string> | null = isAnimated && !verbose ? [] : null

  const listener = Effect.fnUntraced(function*(heard: OperationEvent) {
    const { event } = heard
    yield* outer(heard)
    const now = yield* Clock.currentTimeMillis
    const [next, news] = advance(progress, event, now, screen.stderr.style)
    progress = next
    if (event._tag === "Note") told.add(event.text)
    for (const { kind, text } of news) {
      if (kind === "detail" && !verbose) continue
      if (kind === "step" && waiting !== null) waiting.push(text)
      else yield* screen.narrate(text)
    }
  })

  const spin = Effect.gen(function*() {
    yield* Effect.sleep(patience)
    const held = waiting ?? []
    waiting = null
    yield* Effect.forEach(held, screen.narrate, { discard: true })
    while (true) {
      const now = yield* Clock.currentTimeMillis
      yield* screen.status(statusLine(progress, { text: options.label, since }, now))
      yield* Effect.sleep(frameMilliseconds)
    }
  })

  const listened = Effect.provideService(effect, OperationListener, listener)
  const result = yield* isAnimated
    ? Effect.scoped(
      Effect.andThen(Effect.forkScoped(spin), listened).pipe(Effect.ensuring(screen.status(null)))
    )
    : listened
  return { result, told }
})
