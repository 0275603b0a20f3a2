import { answerInitQuestion, type InitAnswers } from "@slipway/core"
import { Effect, Option, Result } from "effect"
import { UsageError } from "./UsageError.ts"

/** What the flags of `slipway init` say. */
export interface InitFlags {
  readonly name: Option.Option<string>
  readonly prefix: Option.Option<string>
  readonly composeFile: Option.Option<string>
  readonly noSandbox: boolean
  readonly ports: Readonly<Record<string, string>>
  readonly health: Option.Option<string>
  readonly code: Option.Option<string>
  readonly codeTargets: Option.Option<string>
  readonly stride: Option.Option<number>
  readonly parameterize: boolean
}

/** The answers that flags give by themselves. */
export const plainAnswersOf = (flags: InitFlags): Partial<InitAnswers> => ({
  ...given("name", flags.name),
  ...given("prefix", flags.prefix),
  ...given("composeFile", flags.composeFile),
  ...(flags.noSandbox ? { composeFile: null } : {}),
  ...given("stride", flags.stride),
  ...(flags.parameterize ? { parameterize: true } : {})
})

/** All answers that flags give, over what would be answered without them. */
export const answersOf = (
  flags: InitFlags,
  proposed: InitAnswers
): Effect.Effect<Partial<InitAnswers>, UsageError> =>
  Effect.gen(function*() {
    const ports = yield* givenPorts(flags.ports)
    const simple: Partial<InitAnswers> = {
      ...plainAnswersOf(flags),
      ...(Object.keys(ports).length === 0 ? {} : { ports: mergedPorts(proposed.ports, ports) })
    }
    const known = { ...proposed, ...simple }
    const withHealth = yield* answered(
      simple,
      known,
      "health",
      Option.map(flags.health, (text) => healthText(text, known))
    )
    const withCode = yield* answered(withHealth, known, "code", flags.code)
    return yield* answered(withCode, known, "codeTargets", flags.codeTargets)
  })

const given = <K extends string, A>(key: K, value: Option.Option<A>): { readonly [P in K]?: A } =>
  // A computed key loses its name in the type.
  Option.match(value, { onNone: () => ({}), onSome: (value) => ({ [key]: value }) as { readonly [P in K]?: A } })

const answered = (
  answers: Partial<InitAnswers>,
  proposed: InitAnswers,
  key: "health" | "code" | "codeTargets",
  text: Option.Option<string>
): Effect.Effect<Partial<InitAnswers>, UsageError> =>
  Option.match(text, {
    onNone: () => Effect.succeed(answers),
    onSome: (typed) =>
      Effect.fromResult(
        Result.mapError(answerInitQuestion(answers, proposed, key, typed), (reason) =>
          new UsageError({
            reason: `--${key === "codeTargets" ? "code-services" : key} cannot be "${typed}": ${reason}`,
            hint: "`slipway init --help` shows an example"
          }))
      )
  })

/** `/health` alone is asked at the port that was asked so far, else at the first one. */
const healthText = (text: string, { health, ports }: InitAnswers): string => {
  const variable = health?.portVariable ?? Object.keys(ports)[0]
  return text.startsWith("/") && variable !== undefined ? `${variable} ${text}` : text.replace(":/", " /")
}

const givenPorts = (
  typed: Readonly<Record<string, string>>
): Effect.Effect<Readonly<Record<string, number>>, UsageError> =>
  Effect.map(
    Effect.forEach(Object.entries(typed), ([variable, text]) => {
      const port = /^\d{1,5}$/u.test(text) ? Number(text) : 0
      return port >= 1 && port <= 65535
        ? Effect.succeed([variable, port] as const)
        : Effect.fail(
          new UsageError({
            reason: `--port ${variable}=${text}: a port is a number from 1 to 65535`,
            hint: "such as --port API_PORT=8080"
          })
        )
    }),
    (entries) => Object.fromEntries(entries)
  )

/** A port that is given a variable loses the one that was proposed for it. */
const mergedPorts = (
  proposed: Readonly<Record<string, number>>,
  ports: Readonly<Record<string, number>>
): Readonly<Record<string, number>> => {
  const named = new Set(Object.values(ports))
  return { ...Object.fromEntries(Object.entries(proposed).filter(([, base]) => !named.has(base))), ...ports }
}
