import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountOf } from '@cresset/core-crypto'
import { answer } from '@cresset/dns-server'
import {
  buildQuery,
  formatName,
  formatRcode,
  formatRdata,
  formatRecordType,
  type Message,
  parseAbsoluteName,
  parseMessage,
  RecordType,
} from '@cresset/dns-wire'
import { testKey } from '@cresset/network-application/testing'
import type { DnsPlane } from './dns-plane.ts'
import { dnsKeyOf, SignedNetwork } from './testing/signed-network.ts'

const anchor = testKey('anchor')

function ask(plane: DnsPlane, name: string, type: number): Message {
  const query = buildQuery({ id: 1, name: parseAbsoluteName(name), type, dnssecOk: true })
  return parseMessage(answer(query, plane.source, { transport: 'tcp' }) as Uint8Array)
}

const answers = (plane: DnsPlane, name: string, type: number): string[] =>
  ask(plane, name, type).answers.map(
    ({ type: found, rdata }) => `${formatRecordType(found)} ${formatRdata(found, rdata).split(' ')[0]}`,
  )
const servers = (plane: DnsPlane): string[] =>
  ask(plane, 'acme', RecordType.NS)
    .answers.filter(({ type }) => type === RecordType.NS)
    .map(({ rdata }) => formatName(rdata).split('.')[0] as string)
    .sort()
const rcode = (plane: DnsPlane): string => formatRcode(ask(plane, 'acme', RecordType.SOA).rcode)

test('a zone is signed by the nodes whose keys an anchor has signed; others leave its NS records and do not answer for it', async () => {
  const network = await SignedNetwork.open()
  const [ada, cyd] = [network.plane([dnsKeyOf('ada')]), network.plane([dnsKeyOf('cyd')])]
  assert.deepEqual(answers(ada, 'acme', RecordType.SOA), ['SOA ada.ns.acme.'])
  await network.decide({ kind: 'setZoneAnchors', body: { zone: 'acme', anchors: [anchor.publicKey] } })
  assert.deepEqual(answers(ada, 'acme', RecordType.DNSKEY), [], 'a zone whose keys nobody has signed yet is as it was')

  // Of six windows those are published that end within 59 days.
  assert.equal(await network.publishKeys({ anchors: [anchor], nodeKeys: [dnsKeyOf('ada'), dnsKeyOf('bob')] }), 4)
  assert.deepEqual(answers(ada, 'acme', RecordType.DNSKEY), ['DNSKEY 257', 'DNSKEY 256', 'DNSKEY 256', 'RRSIG DNSKEY'])
  assert.deepEqual(answers(ada, 'acme', RecordType.SOA), ['SOA ada.ns.acme.', 'RRSIG SOA'])
  assert.deepEqual(servers(ada), ['ada', 'bob'])
  assert.deepEqual([rcode(ada), rcode(cyd)], ['NOERROR', 'SERVFAIL'])
  const types = ask(ada, 'nobody.acme', RecordType.A).authorities.map(({ type }) => formatRecordType(type))
  assert.deepEqual(types, ['SOA', 'RRSIG', 'NSEC', 'RRSIG'])

  // A node that starts now shows the same.
  const late = network.plane([dnsKeyOf('ada')])
  assert.deepEqual(servers(late), ['ada', 'bob'])
  assert.deepEqual(answers(late, 'acme', RecordType.SOA), answers(ada, 'acme', RecordType.SOA))
})

test('a key signs once no resolver remembers a set without it, and its node stands in the NS records from then on', async () => {
  const network = await SignedNetwork.open()
  const cyd = network.plane([dnsKeyOf('cyd')])
  const ada = network.plane([dnsKeyOf('ada')])
  await network.decide({ kind: 'setZoneAnchors', body: { zone: 'acme', anchors: [anchor.publicKey] } })
  await network.publishKeys({ anchors: [anchor], nodeKeys: [dnsKeyOf('ada')] })
  await network.publishKeys({ anchors: [anchor], nodeKeys: [dnsKeyOf('ada'), dnsKeyOf('cyd')] })
  assert.deepEqual([rcode(cyd), servers(ada)], ['SERVFAIL', ['ada']])
  assert.equal(answers(ada, 'acme', RecordType.DNSKEY).filter((line) => line === 'DNSKEY 256').length, 2)
  await network.commit(0, undefined, 600_000)
  assert.deepEqual([rcode(cyd), servers(ada)], ['SERVFAIL', ['ada']])
  const before = ada.serial('acme')
  await network.commit(0, undefined, 60_000)
  assert.deepEqual([rcode(cyd), servers(ada)], ['NOERROR', ['ada', 'cyd']])
  assert.notEqual(ada.serial('acme'), before)
})

test('a node that is removed signs no more, and a vote ends the signing of the zone', async () => {
  const network = await SignedNetwork.open()
  const ada = network.plane([dnsKeyOf('ada')])
  const dan = network.plane([dnsKeyOf('dan')])
  await network.decide({ kind: 'setZoneAnchors', body: { zone: 'acme', anchors: [anchor.publicKey] } })
  await network.publishKeys({ anchors: [anchor], nodeKeys: [dnsKeyOf('ada'), dnsKeyOf('dan')] })
  assert.deepEqual([servers(ada), rcode(dan)], [['ada', 'dan'], 'NOERROR'])
  await network.decide({ kind: 'removeNode', body: { node: accountOf(testKey('identity dan').publicKey) } })
  assert.deepEqual(servers(ada), ['ada'])
  await network.decide({ kind: 'setZoneAnchors', body: { zone: 'acme', anchors: [] } }, [1])
  assert.deepEqual(answers(ada, 'acme', RecordType.SOA), ['SOA ada.ns.acme.'])
  assert.deepEqual(answers(ada, 'acme', RecordType.DNSKEY), [])
  assert.deepEqual(servers(ada), ['ada', 'bob', 'cyd'])
})
