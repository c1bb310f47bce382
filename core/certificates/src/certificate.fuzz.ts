import assert from 'node:assert/strict'
import { generateKeyPair, keyPairSigner } from '@cresset/core-crypto'
import { certificateCoversHost, checkChain, isSignedBy, readCertificate, tryReadCertificate } from './index.ts'
import { hostCertificate, nodeUnder, rootFor } from './testing/certificates.ts'

export const name = 'certificate'

const root = await rootFor(['acme', 'home.arpa'])
const valid = [
  root,
  await nodeUnder(root, ['a.ns.acme', 'a.ns.home.arpa']),
  await hostCertificate(['www.shop.acme', '*.shop.acme']),
  await hostCertificate(['www.shop.acme'], generateKeyPair('ed25519', new Uint8Array(32).fill(9))),
]
const keys = valid.map(
  (certificate) => certificate.publicKey ?? keyPairSigner(generateKeyPair('p256', new Uint8Array(32))).publicKey,
)

export const seeds = valid.map((certificate) => certificate.der)
export const maxBytes = 2048

/** Whatever the bytes are: a code or a certificate, and never one that a known key signed but we did not make. */
export function run(bytes: Uint8Array): void {
  const before = bytes.slice()
  const read = tryReadCertificate(bytes)
  assert.deepEqual(bytes, before, 'the input changed')
  if (typeof read === 'string') return
  assert.deepEqual(readCertificate(bytes.slice()), read, 'two readings differ')
  certificateCoversHost(read, 'www.shop.acme')
  checkChain([read, root], { timeMs: 1_768_478_400_000 })
  const isOurs = seeds.some((seed) => Buffer.compare(seed, bytes) === 0)
  for (const key of keys) assert(isOurs || !isSignedBy(read, key), 'a changed certificate verifies')
}
