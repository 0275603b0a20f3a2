/** What has happened so far and what is to come, for any number of readers, each from the beginning. */
export class EventLog<A extends object> {
  readonly #events: Array<A> = []
  #wake = Promise.withResolvers<void>()
  #end: { readonly failed: boolean; readonly reason: unknown } | null = null

  push(event: A): void {
    this.#events.push(event)
    this.#tell()
  }

  /** No more comes. */
  end(): void {
    this.#end ??= { failed: false, reason: undefined }
    this.#tell()
  }

  /** No more comes: readers fail after the last. */
  fail(reason: unknown): void {
    this.#end ??= { failed: true, reason }
    this.#tell()
  }

  /** Reads from the beginning to the end. `leave` is awaited when the reader goes before. */
  read(leave: () => Promise<void>): AsyncIterator<A, undefined> {
    let at = 0
    let hasLeft = false
    return {
      next: async () => {
        while (at >= this.#events.length && this.#end === null) await this.#wake.promise
        if (hasLeft) return { done: true, value: undefined }
        const [event] = this.#events.slice(at, at + 1)
        if (event !== undefined) {
          at++
          return { done: false, value: event }
        }
        if (this.#end?.failed === true) throw this.#end.reason
        return { done: true, value: undefined }
      },
      return: async () => {
        hasLeft = true
        await leave()
        return { done: true, value: undefined }
      }
    }
  }

  #tell(): void {
    this.#wake.resolve()
    this.#wake = Promise.withResolvers<void>()
  }
}
