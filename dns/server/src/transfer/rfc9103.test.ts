import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  buildQuery,
  EdnsOptionCode,
  extendedErrorText,
  formatRcode,
  type Message,
  parseAbsoluteName,
  parseMessage,
  RecordType,
} from '@cresset/dns-wire'
import type { SecureChannel } from '../listen/listener.ts'
import { signQuery } from '../testing/sign-query.ts'
import { zoneOf } from '../testing/signed-zone.ts'
import { TsigKey } from '../tsig/tsig-key.ts'
import { checkTsig } from '../tsig/tsig-session.ts'
import { parsePrefix } from './prefix.ts'
import { answerTransfer, mayTransfer, type TransferRules } from './transfers.ts'

const NOW = 1_800_000_000
const hosts = Array.from({ length: 1_500 }, (_, index) => `host${index} A 192.0.2.${index % 256}\n`).join('')
const zone = zoneOf('example', `$TTL 60\n@ SOA ns host 7 3600 600 604800 300\n@ NS ns\nns A 192.0.2.53\n${hosts}`)
const key = new TsigKey(parseAbsoluteName('transfer'), 'hmac-sha256', new Uint8Array(32).fill(7))
const print = 'ab'.repeat(32)
const modern: SecureChannel = { version: 'TLSv1.3', protocol: 'dot', fingerprint: undefined }
const shown: SecureChannel = { version: 'TLSv1.3', protocol: 'dot', fingerprint: print }
const prefixes = [parsePrefix('192.0.2.0/24')!]

/** What a question gives: messages as bytes. */
function transfer(
  rules: TransferRules,
  channel: SecureChannel | undefined,
  { type = RecordType.AXFR as number, isSigned = false, hasEdns = true, client = '192.0.2.1' } = {},
): Uint8Array[] {
  const plain = buildQuery({ id: 1, name: zone.apex, type, udpPayloadBytes: hasEdns ? 1232 : 0 })
  const verdict = checkTsig(isSigned ? signQuery(plain, key, NOW) : plain, [key], NOW)
  const session = verdict.kind === 'good' ? verdict.session : undefined
  const isEncrypted = channel !== undefined
  const limits = { transport: 'tcp', isEncrypted, ...(session && { signatureBytes: session.overhead }) } as const
  const answer = answerTransfer(plain, { zone: () => zone }, rules, { limits, client, session, channel })
  assert.ok(answer)
  if (answer instanceof Uint8Array) return [answer]
  return [...{ [Symbol.iterator]: () => answer.messages as Iterator<Uint8Array> }]
}

/** `NOERROR`, or the code with its reason. */
function outcome(...given: Parameters<typeof transfer>): string {
  const [first] = transfer(...given).map((bytes) => parseMessage(bytes)) as [Message]
  const text = extendedErrorText(first.edns?.options ?? [])
  return text === undefined ? formatRcode(first.rcode) : `${formatRcode(first.rcode)}: ${Buffer.from(text)}`
}

test('7.1: zones are given to who names the protocol', () => {
  assert.match(outcome({ keys: [], prefixes }, { ...modern, protocol: undefined }), /^REFUSED: .*ALPN/)
})

test('7.2: zones are given by TLS 1.3, and by no older version', () => {
  const rules = { keys: [], prefixes }
  assert.equal(outcome(rules, modern), 'NOERROR')
  assert.match(outcome(rules, { ...modern, version: 'TLSv1.2' }), /^REFUSED: .*TLS 1\.3/)
  assert.equal(outcome(rules, undefined), 'NOERROR')
})

test('9: a server can be told to give them by TLS alone; keys and addresses count as before', () => {
  const rules = { keys: [key], prefixes: [], tls: { fingerprints: [] } }
  assert.match(outcome(rules, undefined, { isSigned: true }), /^REFUSED: .*by TLS alone/)
  assert.equal(outcome(rules, modern, { isSigned: true }), 'NOERROR')
  assert.match(outcome(rules, modern), /^REFUSED: .*not give its zones to you/)
  assert.match(outcome(rules, undefined, { isSigned: true, type: RecordType.IXFR }), /^REFUSED/)
})

test('9: or to those alone who show a listed certificate, and have a listed key or address if there are any', () => {
  const tls = { fingerprints: [print] }
  const alone = { keys: [], prefixes: [], tls }
  assert.equal(outcome(alone, shown), 'NOERROR')
  for (const channel of [modern, { ...shown, fingerprint: 'cd'.repeat(32) }])
    assert.match(outcome(alone, channel), /^REFUSED: .*listed certificate/)
  assert.match(outcome(alone, { ...shown, version: 'TLSv1.2' }), /^REFUSED/)
  assert.match(outcome(alone, undefined), /^REFUSED/)
  const both = { keys: [key], prefixes, tls }
  assert.equal(outcome(both, shown, { isSigned: true, client: '203.0.113.1' }), 'NOERROR')
  assert.equal(outcome(both, shown), 'NOERROR')
  assert.match(outcome(both, shown, { client: '203.0.113.1' }), /^REFUSED/)
  assert.match(outcome(both, modern, { isSigned: true }), /^REFUSED/)
  assert.equal(mayTransfer(alone, { client: '192.0.2.1', session: undefined, channel: shown }), true)
})

test('7.9.1: each message of a transfer has full blocks, its signature included', () => {
  for (const isSigned of [false, true]) {
    const messages = transfer({ keys: [key], prefixes }, modern, { isSigned })
    assert.ok(messages.length > 1)
    for (const bytes of messages) {
      assert.equal(bytes.length % 468, 0)
      const { edns } = parseMessage(bytes)
      assert.ok(
        edns?.options.some(({ code, data }) => code === EdnsOptionCode.PADDING && data.every((byte) => byte === 0)),
      )
    }
    const records = messages.flatMap((bytes) => parseMessage(bytes).answers)
    assert.equal(records.length, 4 + 1_500)
  }
})

test('7.10.3: that there is nothing new has one block', () => {
  const query = { type: RecordType.IXFR }
  const [bytes] = transfer({ keys: [], prefixes }, modern, query) as [Uint8Array]
  assert.equal(bytes.length % 468, 0)
})

test('no padding in clear, and none for who speaks no EDNS', () => {
  const rules = { keys: [], prefixes }
  for (const bytes of [...transfer(rules, undefined), ...transfer(rules, modern, { hasEdns: false })]) {
    const options = parseMessage(bytes).edns?.options ?? []
    assert.ok(options.every(({ code }) => code !== EdnsOptionCode.PADDING))
  }
})
