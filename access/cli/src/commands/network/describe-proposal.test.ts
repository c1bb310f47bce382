import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toHex } from '@cresset/core-codec'
import { generateKeyPair } from '@cresset/core-crypto'
import { describeChange } from './describe-proposal.ts'

test('a change of who signs a zone names the zone and every key, or says that nobody signs it', () => {
  const [first, second] = [1, 2].map((seed) => generateKeyPair('ed25519', new Uint8Array(32).fill(seed)).publicKey)
  assert.ok(first !== undefined && second !== undefined)
  const describe = (anchors: Uint8Array[]): string =>
    describeChange({ kind: 'setZoneAnchors', body: { zone: 'acme', anchors } }, () => 'north', {
      name: 'credit',
      decimals: 6,
    })
  assert.equal(describe([first, second]), `let the zone acme be signed by keys of ${toHex(first)}, ${toHex(second)}`)
  assert.equal(describe([]), 'sign the zone acme no more')
})
