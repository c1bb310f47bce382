import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAbsoluteName } from '@cresset/dns-wire'
import { soaSerial } from '../records.ts'
import { ZoneStore } from '../store/zone-store.ts'
import { readZoneText } from '../testing/zone-text.ts'
import { FollowedZone } from './followed-zone.ts'
import { VersionWork } from './version-work.ts'

const apex = parseAbsoluteName('acme')

test('who asks for a version at the moment when the last one is done gets one', async () => {
  const store = new ZoneStore()
  const show = (serial: number): void =>
    store.apply([{ apex, put: readZoneText('acme', `@ SOA ns host ${serial} 60 30 600 60\n@ NS ns\n`) }], serial)
  // So many microtasks later it is asked for again.
  for (let depth = 0; depth < 6; depth++) {
    show(store.generation + 1)
    const serials: number[] = []
    let again: Promise<void> | undefined
    const later = (left: number): void => {
      if (left > 0) queueMicrotask(() => later(left - 1))
      else {
        show(store.generation + 1)
        again = work.wake()
      }
    }
    const onVersion = (soa: Uint8Array): void => {
      serials.push(soaSerial(soa))
      if (serials.length === 1) later(depth)
    }
    const zone = new FollowedZone(store.zone(apex)!)
    const work = new VersionWork(zone, { intervalMs: 0, onVersion, signal: new AbortController().signal })
    await work.wake()
    await new Promise((resolve) => setImmediate(resolve))
    await again
    assert.deepEqual(serials, [store.generation - 1, store.generation], `${depth} microtasks later`)
  }
})
