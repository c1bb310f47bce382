export interface Closable {
  close(): unknown
}

/** What has been opened so far; closed in the opposite order, each once, whatever another one's end brings. */
export class Resources {
  readonly #open: Closable[] = []
  #closing: Promise<void> | undefined

  add<T extends Closable>(resource: T): T {
    this.#open.push(resource)
    return resource
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll()
    return this.#closing
  }

  async #closeAll(): Promise<void> {
    const failures: unknown[] = []
    for (let resource = this.#open.pop(); resource !== undefined; resource = this.#open.pop()) {
      try {
        await resource.close()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}
