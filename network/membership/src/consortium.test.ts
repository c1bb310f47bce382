import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { certificateCoversHost, checkChain, readCertificate } from '@cresset/core-certificates'
import { type Genesis, genesisProblem } from '@cresset/core-chain'
import { generateKeyPair, keyPairSigner } from '@cresset/core-crypto'
import { createConsortium } from './consortium.ts'
import { MembershipError } from './membership-error.ts'
import { createRoot, PermissionService } from './permission-service.ts'
import { announcementOf, defaultParameters, random, rootKey } from './testing/announcements.ts'

const nowMs = Date.UTC(2026, 0, 15)
const zones = ['acme', 'home.arpa']
const rootSigner = keyPairSigner(rootKey)

describe('createConsortium', () => {
  it('issues each node a certificate for its name in every zone, which chains to the root', async () => {
    const nodes = [announcementOf('north', 1), announcementOf('south', 2)]
    const consortium = await createConsortium({ name: 'acme', zones, nodes, nowMs, random, rootSigner })
    const root = readCertificate(consortium.rootCertificate)
    for (const [index, issued] of consortium.nodes.entries()) {
      const announced = nodes[index]
      const certificate = readCertificate(issued.certificate)
      assert.deepEqual(certificate.publicKey, announced?.tlsKey)
      assert(certificateCoversHost(certificate, `${issued.name}.ns.acme`))
      assert(certificateCoversHost(certificate, `${issued.name}.ns.home.arpa`))
      assert.equal(checkChain([certificate, root], { timeMs: nowMs }), undefined)
      assert.equal(certificate.notBeforeMs, nowMs - 3_600_000)
      const { tlsKey: _, ...entry } = announced ?? assert.fail()
      const fingerprint = Uint8Array.from(createHash('sha256').update(issued.certificate).digest())
      assert.deepEqual(issued.entry, { ...entry, tlsFingerprint: fingerprint })
    }
  })

  it('gives entries that genesis takes', async () => {
    const nodes = [announcementOf('north', 1), announcementOf('south', 2)]
    const consortium = await createConsortium({ name: 'acme', zones, nodes, nowMs, random, rootSigner })
    const genesis: Genesis = {
      name: 'acme',
      timeMs: nowMs,
      engine: 'pbft',
      zones,
      nodes: consortium.nodes.map((node) => node.entry),
      balances: [],
      rootCertificate: consortium.rootCertificate,
      addressRanges: [],
      parameters: defaultParameters(),
    }
    assert.equal(genesisProblem(genesis), undefined)
  })

  it('makes a root for the zones alone, without a path length', async () => {
    const root = readCertificate(await createRoot({ name: 'acme', zones, nowMs, random }, rootSigner))
    const { basicConstraints, nameConstraints, critical } = root.extensions
    assert.deepEqual(basicConstraints, { isAuthority: true, pathLength: undefined })
    assert.deepEqual(nameConstraints?.permitted.dnsNames, zones)
    assert.deepEqual(
      nameConstraints?.excluded.addressRanges.map((range) => [...range.mask]),
      [new Array(4).fill(0), new Array(16).fill(0)],
    )
    assert(critical.includes('2.5.29.30'))
  })

  it('refuses names, zones, keys and doubles with their codes', async () => {
    const order = { name: 'acme', zones, nowMs, random, rootSigner }
    const north = announcementOf('north', 1)
    const cases: [string, Promise<unknown>][] = [
      ['name-invalid', createConsortium({ ...order, nodes: [announcementOf('North', 1)] })],
      ['name-invalid', createConsortium({ ...order, nodes: [announcementOf('no.rth', 1)] })],
      ['zone-invalid', createConsortium({ ...order, zones: [], nodes: [north] })],
      ['zone-invalid', createConsortium({ ...order, zones: ['acme.'], nodes: [north] })],
      ['key-invalid', createConsortium({ ...order, nodes: [{ ...north, tlsKey: Uint8Array.of(2, 1) }] })],
      ['node-repeated', createConsortium({ ...order, nodes: [north, announcementOf('north', 2)] })],
      ['node-repeated', createConsortium({ ...order, nodes: [north, announcementOf('south', 1)] })],
    ]
    for (const [code, attempt] of cases) {
      await assert.rejects(attempt, (error) => error instanceof MembershipError && error.code === code, code)
    }
  })
})

describe('PermissionService', () => {
  it('refuses a root that does not fit its key or zones', async () => {
    const rootCertificate = await createRoot({ name: 'acme', zones: ['acme'], nowMs, random }, rootSigner)
    const other = keyPairSigner(generateKeyPair('p256', randomBytes(32)))
    const isUnfit = (error: unknown): boolean => error instanceof MembershipError && error.code === 'root-unfit'
    const make = (change: object) => () =>
      new PermissionService({ rootCertificate, rootSigner, zones: ['acme'], random, ...change })
    assert.doesNotThrow(make({}))
    assert.throws(make({ rootSigner: other }), isUnfit)
    assert.throws(make({ zones: ['acme', 'other'] }), isUnfit)
    const damaged = Uint8Array.from(rootCertificate)
    damaged[damaged.length - 1] = (damaged.at(-1) as number) ^ 1
    assert.throws(make({ rootCertificate: damaged }), isUnfit)
    assert.throws(make({ rootCertificate: rootCertificate.subarray(1) }), isUnfit)
    const service = make({})()
    const leaf = await service.issueNodeCertificate({ name: 'a', tlsKey: rootKey.publicKey, nowMs })
    assert.throws(make({ rootCertificate: leaf.certificate }), isUnfit)
  })
})
