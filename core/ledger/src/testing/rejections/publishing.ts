import { sha256 } from '@cresset/core-crypto'
import { RecordType } from '@cresset/dns-wire'
import type { Code } from '../../codes.ts'
import {
  delegating,
  keyPairFor,
  makeCertificate,
  makeSeal,
  makeServer,
  type PublishBody,
  publish,
  publishing,
  register,
  Scenario,
  textRecords,
} from '../index.ts'
import type { Case } from './case.ts'

function owned(parameters = {}): Scenario {
  const ledger = new Scenario({ parameters })
  register(ledger, 'alice', 'shop.acme')
  return ledger
}

/** Publishes one host of `shop.acme`. */
function published(host: string, content: Partial<PublishBody>, ledger = owned()): Code {
  return publish(ledger, 'alice', publishing('shop.acme', host, content))
}

function withRecords(type: number, data: number[][], host = 'www'): Code {
  return published(host, {
    recordSets: [{ type, ttlSeconds: undefined, data: data.map((bytes) => Uint8Array.from(bytes)) }],
  })
}

const text = { recordSets: [textRecords('hello')] }
const toExample = [7, 0x65, 0x78, 0x61, 0x6d, 0x70, 0x6c, 0x65, 0]
const cname = { type: RecordType.CNAME, ttlSeconds: undefined, data: [Uint8Array.from(toExample)] }

function withAddresses(...addresses: number[][]): Code {
  const ledger = owned()
  return published('www', { servers: [makeServer(ledger, 'shop.acme', 'www', { addresses })] }, ledger)
}

const hostKey = keyPairFor('host www.shop.acme', 'p256')

/** Publishes `www` with a certificate made this way. */
async function withCertificate(
  options: { host?: string; key?: typeof hostKey; beginsInMs?: number; endedMs?: number },
  change: (der: Uint8Array) => Uint8Array = (der) => der,
): Promise<Code> {
  const ledger = owned()
  const { host = 'www.shop.acme', key = hostKey, beginsInMs = 0, endedMs } = options
  // Certificates are backdated by an hour.
  const nowMs = ledger.timeMs + (beginsInMs > 0 ? beginsInMs + 3_600_000 : 0) - (endedMs ?? 0)
  const lifetimeMs = endedMs === undefined ? 86_400_000 : 1_000
  const der = await makeCertificate(ledger, host, { key, nowMs, lifetimeMs })
  const server = makeServer(ledger, 'shop.acme', 'www', { key: hostKey, certificate: change(der) })
  return published('www', { servers: [server] }, ledger)
}

function withServices(services: PublishBody['services'], host = 'www'): Code {
  const ledger = owned()
  return published(host, { servers: [makeServer(ledger, 'shop.acme', host)], services }, ledger)
}

export const publishingCases = {
  'name-trailing-dot': () => new Scenario().run('alice', publishing('shop.acme.', '', text)),
  'name-unknown': () => new Scenario().run('alice', publishing('shop.acme', '', text)),
  'name-claimed': () => {
    const ledger = new Scenario()
    ledger.run('bob', makeSeal(ledger, 'bob', 'parked.acme').seal)
    register(ledger, 'alice', 'shop.acme')
    return published('www', text, ledger)
  },
  'not-primary-key': () => owned().run('alice', publishing('shop.acme', 'www', text)),
  'host-too-long': () => published(`${'a.'.repeat(122)}a`, text),
  'host-label': () => published('_8443._tcp.www', text),
  'host-unknown': () => published('www', {}),
  'too-many-hosts': () => {
    const ledger = owned()
    const codes = Array.from({ length: 65 }, (_, index) => published(`h${index}`, text, ledger))
    return codes.slice(0, 64).every((code) => code === 'ok') ? (codes[64] as Code) : 'ok'
  },
  'ttl-out-of-range': () => published('www', { ...text, ttlSeconds: 29 }),
  'address-bad': () => withAddresses([0, 0, 0, 0]),
  'address-twice': () => withAddresses([127, 0, 0, 1], [127, 0, 0, 1]),
  'host-key-bad': () => {
    const ledger = owned()
    const server = { ...makeServer(ledger, 'shop.acme', 'www'), publicKey: Uint8Array.of(1, ...new Uint8Array(32)) }
    return published('www', { servers: [server] }, ledger)
  },
  'host-key-proof-bad': () => {
    const ledger = owned()
    return published('www', { servers: [makeServer(ledger, 'shop.acme', 'other')] }, ledger)
  },
  'certificate-malformed': () => withCertificate({}, (der) => der.slice(0, -1)),
  'certificate-key-mismatch': () => withCertificate({ key: keyPairFor('another', 'p256') }),
  'certificate-host-mismatch': () => withCertificate({ host: 'mail.shop.acme' }),
  'certificate-not-yet-valid': () => withCertificate({ beginsInMs: 302_000 }),
  'certificate-expired': () => withCertificate({ endedMs: 60_000 }),
  'certificate-not-as-registered': () => {
    const ledger = new Scenario()
    const certificateInformation = { issuerKey: hostKey.publicKey, digest: sha256(new Uint8Array(1)) }
    register(ledger, 'alice', 'shop.acme', { certificateInformation })
    return published('www', text, ledger)
  },
  'service-twice': () =>
    withServices([
      { port: 443, protocol: 'tcp', web: true },
      { port: 443, protocol: 'tcp', web: false },
    ]),
  'service-bad': () => withServices([{ port: 443, protocol: 'udp', web: true }]),
  'record-type-refused': () => withRecords(RecordType.SOA, [[0]]),
  'record-type-derived': () => withRecords(RecordType.A, [[127, 0, 0, 1]]),
  'record-set-twice': () => published('www', { recordSets: [textRecords('a'), textRecords('b')] }),
  'record-set-too-long': () =>
    published('www', {
      recordSets: [textRecords(...Array.from({ length: 60 }, (_, index) => `${index}`.padEnd(80, 'x')))],
    }),
  'record-twice': () => published('www', { recordSets: [textRecords('a', 'a')] }),
  'record-data-bad': () => withRecords(RecordType.TXT, [[5, 1]]),
  'cname-not-alone': () => published('www', { recordSets: [cname, textRecords('a')] }),
  'delegation-not-alone': () => {
    const ledger = owned()
    publish(ledger, 'alice', delegating('shop.acme', 'sub'))
    return published('sub', text, ledger)
  },
  'below-delegation': () => {
    const ledger = owned()
    publish(ledger, 'alice', delegating('shop.acme', 'sub'))
    return published('www.sub', text, ledger)
  },
  'amount-below-quantum': () => owned().run('bob', { kind: 'topUp', body: { name: 'shop.acme', amount: 13n } }),
  'amount-below-arrears': () => {
    const ledger = new Scenario({ parameters: { feeEveryBlocks: 10 } })
    register(ledger, 'alice', 'shop.acme', { deposit: 3n * 14n })
    for (let blocks = 0; blocks < 40; blocks++) ledger.block([], 10_000)
    return ledger.run('bob', { kind: 'topUp', body: { name: 'shop.acme', amount: 14n } })
  },
} as const satisfies Record<string, Case>
