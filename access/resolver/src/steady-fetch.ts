import type { Fetch } from '@cresset/access-client'

/** A node that failed is left alone for this long, as long as there is another. */
const RESTING_MS = 5_000

/**
 * `fetch` for a client of several nodes that asks all the time: a node that could not be reached, or answered with an error, is passed
 * over for a while, so that not every question waits for it. Each error status counts as a failure, for an honest node has none for
 * the questions of a resolver, and a lying one must not end the search with it.
 */
export function steadyFetch(inner: Fetch, nodes: readonly string[], now: () => number): Fetch {
  const restUntilMs = new Map<string, number>()
  const isResting = (node: string): boolean => (restUntilMs.get(node) ?? 0) > now()
  return async (url, init) => {
    const { origin } = new URL(url)
    if (isResting(origin) && !nodes.every((node) => isResting(new URL(node).origin)))
      throw new TypeError(`${origin} failed a moment ago`)
    try {
      const response = await inner(url, init)
      if (response.ok) {
        restUntilMs.delete(origin)
        return response
      }
      await response.body?.cancel()
      throw new TypeError(`${origin} answered with status ${response.status}`)
    } catch (error) {
      restUntilMs.set(origin, now() + RESTING_MS)
      throw error
    }
  }
}
