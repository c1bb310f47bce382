import { setTimeout } from 'node:timers/promises'
import { Slice } from '@cresset/dns-server'
import type { Closable } from './resources.ts'

/** New names are signed within this time, and old signatures made again, whether or not anybody asks for them. */
const ROUND_MS = 600_000

/** Runs `signAll` again and again in slices between which queries are answered, until it is closed. */
export function signInBackground(signAll: () => Iterable<void>): Closable {
  const stopped = new AbortController()
  void (async () => {
    while (!stopped.signal.aborted) {
      const slice = new Slice()
      for (const _signature of signAll()) {
        if (slice.isOver()) await slice.next()
        if (stopped.signal.aborted) return
      }
      await setTimeout(ROUND_MS, undefined, { signal: stopped.signal, ref: false }).catch(() => undefined)
    }
  })()
  return { close: () => stopped.abort() }
}
