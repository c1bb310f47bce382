import assert from 'node:assert/strict'
import type { AuthorityProblem } from '@cresset/core-certificates'
import { sha256 } from '@cresset/core-crypto'
import type { Action } from '../actions.ts'
import type { Code } from '../codes.ts'
import type { DelegationContent, NameServer } from '../delegation/delegation.ts'
import { delegationEntry, domainCertificateEntry } from '../entries/delegation.ts'
import { nameEntry, type Registration, recordHash } from '../entries/name.ts'
import { stateKeys } from '../state-keys.ts'
import {
  authorityKey,
  brokenAuthorities,
  delegating,
  encryptionKey,
  keyPairFor,
  makeAuthority,
  makeDelegated,
  ownerOf,
  publish,
  publishing,
  register,
  Scenario,
  settingCertificate,
  settingEncryptionKey,
  takingBack,
  textRecords,
} from '../testing/index.ts'
import { test } from '../testing/ledger-test.ts'

const name = 'shop.acme'

function owned(): Scenario {
  const ledger = new Scenario()
  register(ledger, 'alice', name)
  return ledger
}

const asOwner = (ledger: Scenario, action: Action): Code => ledger.run('alice', action, { cosigners: [ownerOf(name)] })
const text = (ledger: Scenario, host: string): Code =>
  publish(ledger, 'alice', publishing(name, host, { recordSets: [textRecords('x')] }))
const registrationOf = (ledger: Scenario): Registration | undefined =>
  ledger.read(nameEntry, stateKeys.name(name))?.registration
const changed = (ledger: Scenario): readonly string[] => [...(ledger.last?.changedNames ?? [])]
const events = (ledger: Scenario): string[] => ledger.last?.receipts[0]?.events.map(({ kind }) => kind) ?? []

async function withDomain(): Promise<{ ledger: Scenario; domain: Uint8Array }> {
  const ledger = owned()
  const domain = await makeAuthority(ledger, name)
  assert.equal(asOwner(ledger, settingCertificate(name, domain)), 'ok')
  return { ledger, domain }
}

test('a domain certificate is set, renewed and taken away; the name’s record has its digest', async () => {
  const { ledger, domain } = await withDomain()
  assert.deepEqual(registrationOf(ledger)?.domainCertificate, sha256(domain))
  assert.deepEqual(ledger.read(domainCertificateEntry, stateKeys.domainCertificate(name))?.certificate, domain)
  assert.deepEqual(changed(ledger), [name])
  assert.deepEqual(events(ledger), ['domainCertificateSet'])
  const renewed = await makeAuthority(ledger, name, { lifetimeMs: 120 * 86_400_000 })
  assert.equal(asOwner(ledger, settingCertificate(name, renewed)), 'ok')
  assert.deepEqual(registrationOf(ledger)?.domainCertificate, sha256(renewed))
  assert.equal(asOwner(ledger, settingCertificate(name, undefined)), 'ok')
  assert.deepEqual(events(ledger), ['domainCertificateEnded'])
  assert.equal(registrationOf(ledger)?.domainCertificate, undefined)
  assert.equal(ledger.read(domainCertificateEntry, stateKeys.domainCertificate(name)), undefined)
})

test('only the primary key sets authorities, delegations and encryption keys', async () => {
  const ledger = owned()
  const actions = [
    settingCertificate(name, await makeAuthority(ledger, name)),
    delegating(name, 't'),
    takingBack(name, 't'),
    settingEncryptionKey(name, encryptionKey),
  ]
  for (const action of actions) {
    assert.equal(ledger.run('alice', action), 'not-primary-key')
    assert.equal(ledger.run('alice', { ...action, body: { ...action.body, name: 'x.acme' } } as Action), 'name-unknown')
  }
})

test('a delegation is set, changed and taken back; each record holds the hash of the one before', () => {
  const ledger = owned()
  assert.equal(asOwner(ledger, delegating(name, 't')), 'ok')
  assert.deepEqual(changed(ledger), ['t.shop.acme'])
  assert.deepEqual(events(ledger), ['delegationSet'])
  const first = ledger.read(delegationEntry, stateKeys.delegation(name, 't'))
  assert(first !== undefined)
  assert.deepEqual([first.revision, first.predecessor, first.height], [1, undefined, ledger.height])
  const servers = [
    { name: 'ns.example', addresses: [] },
    { name: 't.shop.acme', addresses: [new Uint8Array(16).fill(0x20)] },
  ]
  const signers = [Uint8Array.of(0, 1, 13, 2, ...new Uint8Array(32))]
  const updateKey = keyPairFor('update').publicKey
  assert.equal(asOwner(ledger, delegating(name, 't', { servers, signers, updateKey, ttlSeconds: 60 })), 'ok')
  const second = ledger.read(delegationEntry, stateKeys.delegation(name, 't'))
  assert.deepEqual(second?.predecessor, recordHash(delegationEntry, first))
  assert.deepEqual(
    [second?.servers, second?.signers, second?.updateKey, second?.ttlSeconds],
    [servers, signers, updateKey, 60],
  )
  assert.deepEqual(registrationOf(ledger)?.delegations, ['t'])
  assert.equal(asOwner(ledger, takingBack(name, 't')), 'ok')
  assert.deepEqual(events(ledger), ['delegationEnded'])
  assert.deepEqual(registrationOf(ledger)?.delegations, [])
  assert.equal(asOwner(ledger, takingBack(name, 't')), 'delegation-unknown')
})

test('nothing is published at or below a delegated host, and nothing stands below one', () => {
  const ledger = owned()
  assert.equal(text(ledger, 'a.t'), 'ok')
  assert.equal(asOwner(ledger, delegating(name, 'a.t')), 'delegation-not-alone')
  assert.equal(asOwner(ledger, delegating(name, 't')), 'below-delegation')
  publish(ledger, 'alice', publishing(name, 'a.t', {}))
  assert.equal(asOwner(ledger, delegating(name, 't')), 'ok')
  assert.equal(text(ledger, 't'), 'delegation-not-alone')
  for (const host of ['a.t', '*.t', '_tcp.t', 'a.b.t']) assert.equal(text(ledger, host), 'below-delegation', host)
  assert.equal(asOwner(ledger, delegating(name, 'b.t')), 'below-delegation')
  assert.equal(asOwner(ledger, delegating(name, 'u')), 'ok')
  assert.deepEqual(registrationOf(ledger)?.delegations, ['t', 'u'])
  assert.equal(asOwner(ledger, delegating(name, 'a.xt')), 'ok')
  assert.equal(asOwner(ledger, delegating(name, 'xt')), 'below-delegation')
  assert.equal(text(ledger, 'xu'), 'ok')
  assert.equal(asOwner(ledger, takingBack(name, 't')), 'ok')
  assert.equal(text(ledger, 't'), 'ok')
  assert.equal(asOwner(ledger, delegating(name, '')), 'delegation-place')
  assert.equal(asOwner(ledger, delegating(name, '*')), 'delegation-place')
  assert.equal(asOwner(ledger, delegating(name, '*.x')), 'delegation-place')
  assert.equal(asOwner(ledger, delegating(name, 'X')), 'host-label')
})

test('name servers: glue where the place itself would have to be asked, and nowhere else', () => {
  const ledger = owned()
  const verdict = (...servers: NameServer[]): Code => asOwner(ledger, delegating(name, 't', { servers }))
  const four = Uint8Array.of(192, 0, 2, 1)
  assert.equal(verdict({ name: 'ns.t.shop.acme', addresses: [four] }), 'ok')
  assert.equal(verdict({ name: 't.shop.acme', addresses: [four] }), 'ok')
  assert.equal(verdict({ name: 't.shop.acme', addresses: [] }), 'glue-missing')
  assert.equal(verdict({ name: 'ns1.shop.acme', addresses: [] }), 'ok')
  assert.equal(verdict({ name: 'ns1.shop.acme', addresses: [four] }), 'glue-foreign')
  assert.equal(verdict({ name: 'ns.t.shop.acme', addresses: [four, four] }), 'address-twice')
  assert.equal(verdict({ name: 'ns.t.shop.acme', addresses: [Uint8Array.of(224, 0, 0, 1)] }), 'address-bad')
  for (const bad of ['', '.', 'NS.example', 'ns..example', '-a.example', 'a_b.example', `${'a'.repeat(64)}.example`])
    assert.equal(verdict({ name: bad, addresses: [] }), 'name-server-bad', bad)
  const long = Array.from({ length: 4 }, () => 'a'.repeat(63)).join('.')
  assert.equal(verdict({ name: long, addresses: [] }), 'name-server-bad')
  assert.equal(verdict({ name: long.slice(2), addresses: [] }), 'ok')
  const signer = Uint8Array.of(0, 1, 13, 2, ...new Uint8Array(32))
  const content = (part: Partial<DelegationContent>): Code => asOwner(ledger, delegating(name, 't', part))
  assert.equal(content({ signers: [signer, signer] }), 'record-twice')
  assert.equal(content({ ttlSeconds: 29 }), 'ttl-out-of-range')
})

test('the authority of a delegated host: path length 0, exactly its subtree, issued by the domain certificate', async () => {
  const { ledger, domain } = await withDomain()
  const verdict = async (subtree: string, options: Parameters<typeof makeDelegated>[3] = {}): Promise<Code> => {
    const certificate = await makeDelegated(ledger, subtree, domain, options)
    return asOwner(ledger, delegating(name, 't', { certificate }))
  }
  assert.equal(await verdict('t.shop.acme'), 'ok')
  assert.equal(await verdict('t.shop.acme', { pathLength: 1 }), 'authority-path-length')
  assert.equal(await verdict('t.shop.acme', { pathLength: undefined }), 'authority-path-length')
  assert.equal(await verdict('shop.acme'), 'authority-subtree')
  assert.equal(await verdict('a.t.shop.acme'), 'authority-subtree')
  assert.equal(await verdict('bank.acme'), 'authority-subtree')
  for (const [problem, options] of Object.entries(brokenAuthorities('t.shop.acme', 0)))
    assert.equal(await verdict('t.shop.acme', options), problem as AuthorityProblem)
  const selfSigned = await makeAuthority(ledger, 't.shop.acme', { pathLength: 0 })
  const content = { certificate: selfSigned }
  assert.equal(asOwner(ledger, delegating(name, 't', content)), 'authority-not-from-domain')
  assert.equal(asOwner(ledger, delegating(name, 't', { certificate: Uint8Array.of(0) })), 'authority-malformed')
})

test('attack: an authority with the right names that another key signed', async () => {
  const { ledger, domain } = await withDomain()
  const { readCertificate } = await import('@cresset/core-certificates')
  const issuer = { certificate: readCertificate(domain), key: authorityKey('thief') }
  const certificate = await makeAuthority(ledger, 't.shop.acme', { pathLength: 0, issuer })
  assert.equal(asOwner(ledger, delegating(name, 't', { certificate })), 'authority-not-from-domain')
})

test('an ended domain certificate issues nothing, and without one there is no delegated authority', async () => {
  const ledger = owned()
  const domain = await makeAuthority(ledger, name, { lifetimeMs: 3_600_000 + 10_000 })
  assert.equal(asOwner(ledger, settingCertificate(name, domain)), 'ok')
  const certificate = await makeDelegated(ledger, 't.shop.acme', domain)
  ledger.block([], 20_000)
  assert.equal(asOwner(ledger, delegating(name, 't', { certificate })), 'authority-not-from-domain')
  asOwner(ledger, settingCertificate(name, undefined))
  assert.equal(asOwner(ledger, delegating(name, 't', { certificate })), 'domain-certificate-absent')
})

test('an encryption key is set, changed and taken away', () => {
  const ledger = owned()
  assert.equal(asOwner(ledger, settingEncryptionKey(name, encryptionKey)), 'ok')
  assert.deepEqual(registrationOf(ledger)?.encryptionKey, encryptionKey)
  assert.deepEqual(events(ledger), ['encryptionKeySet'])
  assert.deepEqual(changed(ledger), [], 'DNS does not show it')
  assert.equal(asOwner(ledger, settingEncryptionKey(name, encryptionKey.with(31, 0xff))), 'encryption-key-bad')
  assert.equal(asOwner(ledger, settingEncryptionKey(name, undefined)), 'ok')
  assert.deepEqual(events(ledger), ['encryptionKeyEnded'])
  assert.equal(registrationOf(ledger)?.encryptionKey, undefined)
})

test('all of it ends with the name, and nothing of it is there for the next owner', async () => {
  const { ledger, domain } = await withDomain()
  const certificate = await makeDelegated(ledger, 't.shop.acme', domain)
  asOwner(ledger, delegating(name, 't', { certificate }))
  asOwner(ledger, settingEncryptionKey(name, encryptionKey))
  assert.equal(asOwner(ledger, { kind: 'cancel', body: { name } }), 'ok')
  assert.deepEqual(changed(ledger), ['t.shop.acme'])
  const scan = ledger.scan()
  assert.deepEqual([scan.all('delegation'), scan.all('domainCertificate')], [[], []])
})

test('a change of key by the owner keeps all of it', async () => {
  const { ledger } = await withDomain()
  asOwner(ledger, delegating(name, 't'))
  asOwner(ledger, settingEncryptionKey(name, encryptionKey))
  const newKey = keyPairFor('new key')
  const action: Action = { kind: 'changeKey', body: { name, newKey: newKey.publicKey } }
  assert.equal(ledger.run('alice', action, { cosigners: [ownerOf(name), newKey] }), 'ok')
  const registration = registrationOf(ledger)
  assert.deepEqual([registration?.delegations, registration?.encryptionKey], [['t'], encryptionKey])
  assert.equal(asOwner(ledger, takingBack(name, 't')), 'not-primary-key')
})
