import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildAuthorityCertificate, buildHostCertificate, readCertificate } from '@cresset/core-certificates'
import { generateKeyPair, keyPairSigner, sha256 } from '@cresset/core-crypto'
import type { Delegation } from '@cresset/core-ledger'
import {
  checkRdata,
  formatName,
  formatRdata,
  formatRecordType,
  parseAddress,
  RecordType,
  type Rrset,
} from '@cresset/dns-wire'
import { delegationRrsets, hostRrsets, tlsaRdata } from './index.ts'

const lines = (rrsets: readonly Rrset[]): string[] =>
  rrsets.flatMap(({ owner, ttl, type, rdatas }) =>
    rdatas.map((rdata) => `${formatName(owner)} ${ttl} ${formatRecordType(type)} ${formatRdata(type, rdata)}`),
  )
const address = (text: string): Uint8Array => parseAddress(text) as Uint8Array

const delegation: Delegation = {
  name: 'shop.acme',
  host: 't',
  revision: 1,
  predecessor: undefined,
  height: 1,
  ttlSeconds: undefined,
  servers: [
    { name: 'ns.t.shop.acme', addresses: [address('192.0.2.1'), address('2001:db8::1')] },
    { name: 't.shop.acme', addresses: [address('192.0.2.2')] },
    { name: 'ns.example', addresses: [] },
  ],
  signers: [Uint8Array.of(0, 1, 13, 2, ...new Uint8Array(32).fill(0xab))],
  updateKey: undefined,
  certificate: undefined,
}

test('a delegation is NS and DS at the cut, and addresses for the servers at or below it', () => {
  const rrsets = delegationRrsets(delegation, 300)
  assert.deepEqual(lines(rrsets), [
    't.shop.acme. 300 A 192.0.2.2',
    't.shop.acme. 300 NS t.shop.acme.',
    't.shop.acme. 300 NS ns.t.shop.acme.',
    't.shop.acme. 300 NS ns.example.',
    `t.shop.acme. 300 DS 1 13 2 ${'ab'.repeat(32)}`,
    'ns.t.shop.acme. 300 A 192.0.2.1',
    'ns.t.shop.acme. 300 AAAA 2001:db8::1',
  ])
  for (const { type, rdatas } of rrsets) for (const rdata of rdatas) assert.equal(checkRdata(type, rdata), undefined)
  assert(delegationRrsets({ ...delegation, ttlSeconds: 60 }, 300).every(({ ttl }) => ttl === 60))
})

test("RFC 7671 5.2: the domain certificate is pinned at hosts whose certificate it issued, beside the host's own key", async () => {
  const life = { nowMs: 1_768_478_400_000, random: new Uint8Array(16) }
  const key = (seed: number) => generateKeyPair('p256', new Uint8Array(32).fill(seed))
  const authority = (seed: number) =>
    buildAuthorityCertificate(
      { kind: 'domain', subtree: 'shop.acme', publicKey: key(seed).publicKey, ...life },
      keyPairSigner(key(seed)),
    )
  const domainCertificate = await authority(1)
  const certificate = await buildHostCertificate(
    { hosts: ['www.shop.acme'], publicKey: key(3).publicKey, issuer: readCertificate(domainCertificate), ...life },
    keyPairSigner(key(1)),
  )
  const record = {
    host: 'www',
    servers: [{ addresses: [address('192.0.2.1')], publicKey: key(3).publicKey, certificate }],
    services: [{ port: 443, protocol: 'tcp' as const, web: false }],
    recordSets: [],
  }
  const pins = (domain: Uint8Array | undefined): string[] => {
    const rrsets = hostRrsets('shop.acme', { ...record, domainCertificate: domain }, 300)
    const found = rrsets.find(({ type }) => type === RecordType.TLSA)
    return (found?.rdatas ?? []).map((rdata) => formatRdata(RecordType.TLSA, rdata))
  }
  const own = formatRdata(RecordType.TLSA, tlsaRdata(key(3).publicKey))
  const pinned = `2 0 1 ${Buffer.from(sha256(domainCertificate)).toString('hex')}`
  assert.deepEqual(pins(domainCertificate), [pinned, own])
  assert.deepEqual(pins(undefined), [own])
  assert.deepEqual(
    pins(await authority(2)),
    [own],
    'an authority with the same names and another key issued nothing here',
  )
})
