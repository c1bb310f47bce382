import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { skipWithout } from '../../../tools/system-tools.ts'
import { type DelegatingZone, serveDelegatingZone } from '../delegating-zone.ts'
import { assess } from '../dnsviz.ts'

const RUN_MS = 100_000
let folder = ''
let zone: DelegatingZone

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cresset-compact-'))
  zone = await serveDelegatingZone(join(folder, 'zones'), { signing: { denial: 'compact' } })
})
after(async () => {
  await zone.stop()
  await rm(folder, { recursive: true })
})

const assessed = (names: string, isAnchored: boolean) =>
  assess({
    folder,
    names: names.split(' '),
    servers: {
      'example.org+': ['ns1.example.org', zone.port],
      'secure.example.org': ['ns.secure.example.org', zone.port],
      'plain.example.org': ['ns.plain.example.org', zone.plainPort],
    },
    anchor: isAnchored ? ['example.org', zone.port] : undefined,
  })

test('dnsviz finds no error and nothing doubtful in a zone with compact denial', {
  skip: skipWithout('dig', 'dnsviz'),
  timeout: RUN_MS,
}, async () => {
  const names = 'example.org www.example.org x.wild.example.org b.c.example.org none.example.org x.www.example.org'
  const { faults, statuses } = await assessed(`${names} x.old.example.org`, true)
  assert.deepEqual(faults, [])
  assert.ok(statuses.size > 200, `${statuses.size} statuses`)
  const bad = [...statuses].filter(([, status]) => !['SECURE', 'VALID', 'NOERROR', 'NXDOMAIN'].includes(status))
  assert.deepEqual(bad, [])
  assert.equal(statuses.get('/example.org./zone'), 'SECURE')
})

test('dnsviz finds its delegations as they are: one with a good DS, one that is proven to have none', {
  skip: skipWithout('dig', 'dnsviz'),
  timeout: RUN_MS,
}, async () => {
  const { faults, statuses } = await assessed('example.org www.secure.example.org www.plain.example.org', false)
  assert.deepEqual(faults, [])
  assert.equal(statuses.get('/secure.example.org./delegation'), 'SECURE')
  assert.equal(statuses.get('/plain.example.org./delegation'), 'INSECURE')
  assert.equal(statuses.get('/plain.example.org./delegation/insecurity_proof/0'), 'VALID')
})
