import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { GenesisNode } from '@cresset/core-chain'
import { toHex } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import { MembershipError } from './membership-error.ts'
import { findNode, knownNodeOf, networkMapOf, parseHostPort } from './network-map.ts'
import { announcementOf } from './testing/announcements.ts'

function entryOf(name: string, number: number): GenesisNode {
  const { tlsKey: _, ...entry } = announcementOf(name, number)
  return { ...entry, tlsFingerprint: new Uint8Array(32).fill(number) }
}

describe('network map', () => {
  const entries = [entryOf('north', 1), entryOf('south', 2), entryOf('west', 3)]
  const map = networkMapOf(entries)

  it('knows nodes by the hash of their identity key, sorted', () => {
    const ids = map.nodes.map((node) => node.id)
    assert.deepEqual(ids, entries.map((entry) => toHex(accountOf(entry.identityKey))).sort())
    assert.equal(findNode(map, 'south')?.entry, entries[1])
    assert.equal(findNode(map, 'east'), undefined)
  })

  it('tells what a link to a node needs', () => {
    const south = findNode(map, 'south') ?? assert.fail()
    assert.deepEqual(knownNodeOf(south), {
      id: south.id,
      name: 'south',
      agreement: '127.0.0.1:7002',
      api: 'http://127.0.0.1:8002',
      tlsFingerprint: '02'.repeat(32),
    })
  })

  it('reads endpoints', () => {
    assert.deepEqual(parseHostPort('[2001:db8::1]:7000'), { host: '2001:db8::1', port: 7000 })
    assert.deepEqual(parseHostPort('n1.ns.acme:1'), { host: 'n1.ns.acme', port: 1 })
    for (const wrong of ['n1', 'n1:', ':1', 'n1:0', 'n1:65536', '2001:db8::1:7000', '[::1]', 'a:1:2']) {
      assert.throws(() => parseHostPort(wrong), MembershipError, wrong)
    }
  })
})
