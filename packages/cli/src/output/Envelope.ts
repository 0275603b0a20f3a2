/** A failure as `--json` shows it. */
export interface EnvelopeError {
  readonly code: string
  readonly message: string
  readonly hint: string
}

/** The name of a command's schema: `impl` gives `slipway/impl/v1`. */
export const schemaName = (command: string): string => `slipway/${command}/v1`

/** The one line that `--json` prints when a command succeeded. */
export const successEnvelope = (command: string, data: unknown): string =>
  JSON.stringify({ schema: schemaName(command), ok: true, data })

/** The one line that `--json` prints when a command failed. */
export const failureEnvelope = (command: string, { code, hint, message }: EnvelopeError): string =>
  JSON.stringify({ schema: schemaName(command), ok: false, error: { code, message, hint } })

/** An object without the keys whose value is undefined: what does not apply is absent. */
export const present = <A extends Readonly<Record<string, unknown>>>(fields: A): Present<A> =>
  // The type says the same as the filter does.
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<A>

/** The type that {@link present} gives. */
export type Present<A> =
  & { readonly [K in keyof A as undefined extends A[K] ? never : K]: A[K] }
  & { readonly [K in keyof A as undefined extends A[K] ? K : never]?: Exclude<A[K], undefined> }
