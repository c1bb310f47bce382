import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import {
  buildCertificate,
  buildDistinguishedName,
  buildHostCertificate,
  decodePemChain,
  encodePem,
  extensionBuilders,
  objectIdentifiers,
  readCertificate,
} from '@cresset/core-certificates'
import { generateKeyPair } from '@cresset/core-crypto'
import { openKeyFile, pkcs8Pem } from '@cresset/keys'
import { startWebServer } from '../../access/cli/src/tour/web-server.ts'
import { skipWithout } from '../../tools/system-tools.ts'
import { Cluster, type Ran, runProgram } from './cluster.ts'

/** `t.shop.acme` is handed to other name servers with an authority of its own, by commands alone. */
let cluster: Cluster
let owner: string
before(async () => {
  cluster = await Cluster.start({ validators: 1 })
  owner = await cluster.fundedKey('owner.key')
  await cluster.json('name', 'register', 'shop.acme', '--key', owner)
})
after(() => cluster?.stop())

const root = ['--issuer', 'root/root.pem', '--issuer-key', 'root/root.key']
const delegate = (...more: string[]): Promise<Ran> =>
  cluster.cresset('name', 'delegate', 't.shop.acme', ...more, '--key', owner)
const server = 'ns.t.shop.acme=127.0.0.1,::1'

test('root, domain, sub-level, host: each certificate is issued by the command line', async () => {
  const create = (...more: string[]) => cluster.json('certificate', 'create', ...more)
  const issue = (...more: string[]) => cluster.json('certificate', 'issue', ...more)
  await create('shop.acme', '--no-passphrase')

  const asked = ['certificate', 'issue', 'shop.acme.ca.pem', ...root, '--out', 'shop.acme.pem']
  const early = await cluster.cresset(...asked, '--json')
  assert.equal(early.code, 1, 'the permission service does not sign for somebody who may not be the owner')
  assert.match(early.stdout, /"code":"owner-unproven"/)
  await cluster.json('name', 'certificate', 'shop.acme', '--set', 'shop.acme.ca.pem', '--key', owner)
  await cluster.json(...asked)
  await cluster.json('name', 'certificate', 'shop.acme', '--set', 'shop.acme.pem', '--key', owner)

  await create('t.shop.acme', '--for', 'sub-level', '--no-passphrase')
  const domain = ['--issuer', 'shop.acme.pem', '--issuer-key', 'shop.acme.ca.key']
  await issue('t.shop.acme.ca.pem', ...domain, '--out', 't.pem')
  await create('a.t.shop.acme')
  const delegated = ['--issuer', 't.pem', '--issuer-key', 't.shop.acme.ca.key']
  await issue('a.t.shop.acme.pem', ...delegated, '--out', 'leaf.pem')
  const shown = await cluster.json('certificate', 'show', 'leaf.pem')
  const subjects = (shown['certificates'] as { subject: string }[]).map(({ subject }) => subject)
  assert.deepEqual(subjects, ['a.t.shop.acme', 'the authority of t.shop.acme', 'the authority of shop.acme'])

  await create('bank.acme', '--for', 'host')
  const foreign = await cluster.cresset('certificate', 'issue', 'bank.acme.pem', ...delegated, '--json')
  assert.equal(foreign.code, 1)
  assert.match(foreign.stdout, /"code":"name-not-permitted"/)
  // With the root the way round the owner would be a request for less than a name.
  await create('pay.bank.acme', '--for', 'sub-level', '--no-passphrase')
  for (const request of ['bank.acme.pem', 'pay.bank.acme.ca.pem']) {
    const past = await cluster.cresset('certificate', 'issue', request, ...root, '--json')
    assert.equal(past.code, 1, past.stdout)
    assert.match(past.stdout, /"code":"owner-unproven"/)
  }
  await create('x.t.shop.acme', '--for', 'sub-level', '--no-passphrase')
  const longer = await cluster.cresset('certificate', 'issue', 'x.t.shop.acme.ca.pem', ...delegated, '--json')
  assert.match(longer.stdout, /"code":"path-too-long"/)
  const leafIssues = await cluster.cresset(
    ...['certificate', 'issue', 'x.t.shop.acme.ca.pem', '--issuer', 'leaf.pem', '--issuer-key', 't.shop.acme.ca.key'],
    '--json',
  )
  assert.match(leafIssues.stdout, /"code":"issuer-key-mismatch"/)
  const leafKey = ['--issuer', 'leaf.pem', '--issuer-key', 'leaf.key']
  await cluster.json('key', 'import', 'a.t.shop.acme.key', 'leaf.key', '--no-passphrase')
  const byLeaf = await cluster.cresset('certificate', 'issue', 'x.t.shop.acme.ca.pem', ...leafKey, '--json')
  assert.match(byLeaf.stdout, /"code":"issuer-not-authority"/)
})

test('the delegation: dig gets a referral with glue, and nothing below it comes from the ledger', {
  skip: skipWithout('dig'),
}, async () => {
  await cluster.json('name', 'publish', 'old.t.shop.acme', '--record', 'TXT hello', '--key', owner)
  assert.match((await delegate('--ns', server, '--json')).stdout, /"code":"below-delegation"/)
  await cluster.json('name', 'publish', 'old.t.shop.acme', '--withdraw', '--key', owner)
  const self = await delegate('--ns', server, '--certificate', 't.shop.acme.ca.pem', '--json')
  assert.match(self.stdout, /"code":"authority-not-from-domain"/)
  const digest = 'ab'.repeat(32)
  const sent = await delegate('--ns', server, '--ds', `4711 13 2 ${digest}`, '--certificate', 't.pem', '--json')
  assert.equal(sent.code, 0, sent.stderr)

  const referral = (await cluster.dig('www.t.shop.acme', 'A', '+norec', '+dnssec')).stdout
  assert.match(referral, /flags: qr;/)
  assert.match(referral, /ANSWER: 0, AUTHORITY: 2, ADDITIONAL: 3/)
  assert.match(referral, /^t\.shop\.acme\.\s+300\s+IN\s+NS\s+ns\.t\.shop\.acme\.$/m)
  assert.match(referral, /^t\.shop\.acme\.\s+300\s+IN\s+DS\s+4711 13 2 AB/m)
  assert.match(referral, /^ns\.t\.shop\.acme\.\s+300\s+IN\s+A\s+127\.0\.0\.1$/m)
  const ds = (await cluster.dig('t.shop.acme', 'DS', '+norec')).stdout
  assert.match(ds, /flags: qr aa;/)

  const below = await cluster.cresset(
    'name',
    'publish',
    'www.t.shop.acme',
    '--record',
    'TXT hello',
    '--key',
    owner,
    '--json',
  )
  assert.match(below.stdout, /"code":"below-delegation"/)
  const resolved = await cluster.json('resolve', 'www.t.shop.acme')
  assert.deepEqual(
    (resolved['records'] as { type: string }[]).map(({ type }) => type),
    ['NS', 'DS', 'A', 'AAAA'],
  )
})

/** Starts an HTTPS server, runs curl with the consortium's root alone, and gives curl's exit code and words. */
async function curl(keyPem: string, certificatePem: string, host: string): Promise<Ran> {
  const web = await startWebServer({ keyPem, certificatePem, text: 'hello', port: 0 })
  const isAddress = host === '127.0.0.1'
  const place = isAddress ? [] : ['--connect-to', `${host}:443:127.0.0.1:${web.port}`]
  const url = isAddress ? `https://${host}:${web.port}/` : `https://${host}/`
  const trust = ['--cacert', cluster.path('root', 'root.pem'), '--capath', '/dev/null']
  try {
    return await runProgram('curl', ['--silent', '--show-error', '--noproxy', '*', ...trust, ...place, url])
  } finally {
    await web.close()
  }
}

test('curl takes a leaf of the sub-level with the root alone; one for another name or an address is refused', {
  skip: skipWithout('curl'),
}, async () => {
  const good = await curl(
    await readFile(cluster.path('a.t.shop.acme.key'), 'utf8'),
    await readFile(cluster.path('leaf.pem'), 'utf8'),
    'a.t.shop.acme',
  )
  assert.deepEqual([good.code, good.stdout], [0, 'hello'], good.stderr)

  // What the commands refuse to issue, whoever holds the key of the authority can sign by himself.
  const signer = await openKeyFile(cluster.path('t.shop.acme.ca.key'), { passphrase: async () => new Uint8Array() })
  const above = await readFile(cluster.path('t.pem'), 'utf8')
  const issuer = readCertificate((decodePemChain(above) as Uint8Array[])[0] as Uint8Array)
  const pair = generateKeyPair('p256', new Uint8Array(32).fill(7))
  const nowMs = Date.now()
  const random = new Uint8Array(16).fill(1)
  const hostRequest = { publicKey: pair.publicKey, issuer, nowMs, random }
  const served = (der: Uint8Array, host: string) => curl(pkcs8Pem(pair), encodePem('CERTIFICATE', der) + above, host)

  const allowed = await buildHostCertificate({ hosts: ['b.t.shop.acme'], ...hostRequest }, signer)
  assert.equal((await served(allowed, 'b.t.shop.acme')).code, 0)
  for (const host of ['bank.acme', 'shop.acme', 'www.shop.acme']) {
    const der = await buildHostCertificate({ hosts: [host], ...hostRequest }, signer)
    const refused = await served(der, host)
    assert.equal(refused.code, 60, `${host}: ${refused.stderr}`)
    assert.match(refused.stderr, /permitted subtree violation/)
  }

  const { basicConstraints, extendedKeyUsage, keyUsage, subjectKeyIdentifier, keyIdentifierOf } = extensionBuilders
  const address = await buildCertificate(
    {
      serial: random,
      issuer: issuer.subject.der,
      subject: buildDistinguishedName({ commonName: 'an address' }),
      notBeforeMs: nowMs - 60_000,
      notAfterMs: nowMs + 86_400_000,
      publicKey: pair.publicKey,
      extensions: [
        basicConstraints({ isAuthority: false }),
        keyUsage('digitalSignature'),
        extendedKeyUsage(objectIdentifiers.serverAuthentication),
        addressName(127, 0, 0, 1),
        subjectKeyIdentifier(keyIdentifierOf(pair.publicKey)),
      ],
    },
    signer,
  )
  const refused = await served(address, '127.0.0.1')
  assert.equal(refused.code, 60, refused.stderr)
  assert.match(refused.stderr, /excluded subtree violation/)
})

/** subjectAltName with one IPv4 address. */
function addressName(...address: number[]): Uint8Array {
  const names = [0x30, 6, 0x87, 4, ...address]
  return Uint8Array.of(0x30, 7 + names.length, 6, 3, 0x55, 0x1d, 0x11, 4, names.length, ...names)
}

test('TLSA 2 0 1 stands at a host that the domain certificate issued, and openssl verifies the server by it', {
  skip: skipWithout('dig', 'openssl'),
}, async () => {
  await cluster.json('certificate', 'create', 'www.shop.acme')
  const domain = ['--issuer', 'shop.acme.pem', '--issuer-key', 'shop.acme.ca.key']
  await cluster.json('certificate', 'issue', 'www.shop.acme.pem', ...domain, '--out', 'www.pem')
  const place = ['--address', '127.0.0.1', '--service', '8443/tcp/web']
  const host = ['--host-key', 'www.shop.acme.key', '--certificate', 'www.pem']
  await cluster.json('name', 'publish', 'www.shop.acme', ...place, ...host, '--key', owner)
  const answered = (await cluster.dig('_8443._tcp.www.shop.acme', 'TLSA', '+short')).stdout.trim().split('\n').sort()
  assert.match(answered.join('\n'), /^2 0 1 [0-9A-F ]+\n3 1 1 [0-9A-F ]+$/)
  const pin = (answered[0] as string).replace(/ ([0-9A-F]+)$/, '$1')
  const keyPem = await readFile(cluster.path('www.shop.acme.key'), 'utf8')
  const certificatePem = await readFile(cluster.path('www.pem'), 'utf8')
  const web = await startWebServer({ keyPem, certificatePem, text: 'hello', port: 0 })
  try {
    const name = ['-servername', 'www.shop.acme', '-dane_tlsa_domain', 'www.shop.acme']
    const connect = ['s_client', '-connect', `127.0.0.1:${web.port}`, ...name, '-verify_return_error', '-brief']
    const verified = await runProgram('openssl', [...connect, '-dane_tlsa_rrdata', pin])
    assert.match(verified.stderr, /Verification: OK/)
    const wrong = pin.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
    const refused = await runProgram('openssl', [...connect, '-dane_tlsa_rrdata', wrong])
    assert.doesNotMatch(refused.stderr, /Verification: OK/)
  } finally {
    await web.close()
  }
})

test('a certificate is renewed: the same key and names, issued again by who issued it, and held by the name', async () => {
  await cluster.json('certificate', 'issue', 'shop.acme.pem', ...root, '--days', '30', '--out', 'renewed.pem')
  const sent = await cluster.json('name', 'certificate', 'shop.acme', '--set', 'renewed.pem', '--key', owner)
  const held = await cluster.json('name', 'certificate', 'shop.acme')
  assert.equal(held['digest'], sent['digest'])
  const [before, now] = await Promise.all(
    ['shop.acme.pem', 'renewed.pem'].map(async (file) => {
      const shown = await cluster.json('certificate', 'show', file)
      return (shown['certificates'] as { publicKey: string; notAfterMs: number }[])[0]
    }),
  )
  assert.equal(now?.publicKey, before?.publicKey)
  assert.notEqual(now?.notAfterMs, before?.notAfterMs)
})

test('the encryption key is set and read; the delegation is taken back', async () => {
  const made = await cluster.json('name', 'encryption-key', 'shop.acme', '--new', 'seal.x25519', '--key', owner)
  const read = await cluster.json('name', 'encryption-key', 'shop.acme')
  assert.equal(read['encryptionKey'], made['encryptionKey'])
  assert.match(String(read['encryptionKey']), /^[0-9a-f]{64}$/)
  const bad = ['name', 'encryption-key', 'shop.acme', '--set', '00'.repeat(32), '--key', owner]
  assert.match((await cluster.cresset(...bad, '--json')).stdout, /"code":"encryption-key-bad"/)
  assert.equal((await delegate('--remove')).code, 0)
  const gone = await cluster.cresset('name', 'delegate', 't.shop.acme')
  assert.equal(gone.code, 3, gone.stderr)
})
