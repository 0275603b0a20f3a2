/** A complete example of the seed, with the kinds that it holds. */
export interface SeedExample {
  readonly kinds: ReadonlyArray<string>
  readonly yaml: string
}
