import assert from 'node:assert/strict'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import {
  agreeAction,
  Client,
  ClientError,
  decodeAgreement,
  encodeAgreement,
  prepareTransaction,
  proposeAgreement,
  submitTransaction,
} from '@cresset/access-client'
import { genesisFromJson } from '@cresset/core-chain'
import { fromHex, toHex, utf8 } from '@cresset/core-codec'
import { sha256 } from '@cresset/core-crypto'
import { signTransaction } from '@cresset/core-ledger'
import { openKey } from '@cresset/keys'
import { Cluster } from './cluster.ts'
import type { Shell } from './shell.ts'

/** Three parties, each with a process, a folder, a key and a copy of the document of its own, as on three machines. */
const people = ['alice', 'bob', 'carol'] as const
type Person = (typeof people)[number]
const keys = {} as Record<Person, { account: string; publicKey: string }>
const shells = {} as Record<Person, Shell>
let cluster: Cluster

before(async () => {
  cluster = await Cluster.start({ validators: 1 })
  for (const person of people) {
    await mkdir(cluster.path(person))
    shells[person] = cluster.openShell(cluster.path(person), { CRESSET_KEY: 'own.key' })
    await cluster.fundedKey(`${person}/own.key`)
    const shown = (await cluster.json('key', 'show', `${person}/own.key`)) as { account: string; publicKey: string }
    keys[person] = shown
    await writeFile(cluster.path(person, 'contract.txt'), 'we build a bridge\n')
  }
})
after(() => cluster?.stop())

const ok = (person: Person, ...args: string[]): Promise<Record<string, unknown>> => shells[person].json(args)

async function refused(person: Person, code: string, ...args: string[]): Promise<void> {
  const ran = await shells[person].run([...args, '--json'])
  assert.equal(ran.code, 1, ran.stdout)
  assert.equal((JSON.parse(ran.stdout) as { error: { code: string } }).error.code, code)
}

const send = (from: Person, to: Person, file: string) => copyFile(cluster.path(from, file), cluster.path(to, file))

async function balance(person: Person): Promise<bigint> {
  const shown = await cluster.json('account', 'show', keys[person].account)
  return BigInt(String(shown['balance']))
}

async function makeClient(): Promise<Client> {
  const genesis = genesisFromJson(await readFile(cluster.path('genesis.json'), 'utf8'))
  return new Client({ genesis, nodes: cluster.network.nodes.map(({ api }) => api) })
}

/** What the ledger itself says to an agreement as it stands in a file: the program would not send it. */
async function ledgerSays(person: Person, file: string): Promise<string> {
  const client = await makeClient()
  const [, hex = ''] = (await readFile(cluster.path(person, file), 'utf8')).split('\n')
  const action = agreeAction(decodeAgreement(fromHex(hex)))
  const signer = await openKey(cluster.path(person, 'own.key'))
  const unsigned = await prepareTransaction(client, [signer.publicKey], action)
  try {
    const { receipt } = await submitTransaction(client, await signTransaction(unsigned, [signer]))
    return receipt.code
  } catch (error) {
    if (error instanceof ClientError && error.kind === 'refused') return error.code
    throw error
  }
}

const proposal = (...more: string[]) => [
  'agree',
  'propose',
  'contract.txt',
  ...people.flatMap((person) => ['--party', keys[person].publicKey]),
  ...more,
]

test('one document is agreed by three parties, money moves to the unit, and nothing of it happens before all have signed', async () => {
  const before = { alice: await balance('alice'), bob: await balance('bob'), carol: await balance('carol') }
  const pays = [
    ['alice', 'bob', '10.000001'],
    ['bob', 'carol', '0.25'],
  ] as const
  const payments = pays.flatMap(([from, to, amount]) => [
    '--pay',
    `${keys[from].publicKey}=${keys[to].account}=${amount}`,
  ])
  const file = 'contract.txt.agreement'
  await ok('alice', ...proposal(...payments, '--title', 'Bridge'))
  await ok('alice', 'agree', 'sign', file, 'contract.txt')
  await send('alice', 'bob', file)

  // Bob is shown another document first.
  await writeFile(cluster.path('bob', 'other.txt'), 'we build two bridges\n')
  await refused('bob', 'document-differs', 'agree', 'sign', file, 'other.txt')
  const shown = await ok('bob', 'agree', 'show', file)
  assert.equal(shown['title'], 'Bridge')
  assert.equal(shown['complete'], false)
  await ok('bob', 'agree', 'sign', file, 'contract.txt')

  await refused('bob', 'agreement-signature-missing', 'agree', 'submit', file)
  assert.equal(await ledgerSays('bob', file), 'agreement-signature-missing')
  assert.equal(await balance('alice'), before.alice)

  await send('bob', 'carol', file)
  const signed = await ok('carol', 'agree', 'sign', file, 'contract.txt')
  assert.equal(signed['complete'], true)
  const bobBefore = await balance('bob')
  // The founder carries it: none of the parties pays the fee.
  await send('carol', 'alice', file)
  await cluster.json('agree', 'submit', cluster.path('alice', file), '--key', cluster.founderKey)
  assert.equal(await balance('alice'), before.alice - 10_000_001n)
  assert.equal(await balance('bob'), bobBefore + 10_000_001n - 250_000n)
  assert.equal(await balance('carol'), before.carol + 250_000n)

  await refused('carol', 'agreed-before', 'agree', 'submit', file)
  assert.equal(await balance('alice'), before.alice - 10_000_001n)
})

test('the agreement is found by document and by party, and proven', async () => {
  const byDocument = await ok('bob', 'agree', 'show', '--document', 'contract.txt')
  assert.equal(byDocument['count'], 1)
  const byParty = await ok('bob', 'agree', 'show', '--party', keys.carol.account)
  const [found] = byParty['agreements'] as { agreement: { transfers: { amount: string }[] } }[]
  assert.deepEqual(
    found?.agreement.transfers.map(({ amount }) => amount),
    ['10000001', '250000'],
  )
  const nobody = await shells.bob.run(['agree', 'show', '--party', '00'.repeat(32)])
  assert.equal(nobody.code, 3)
})

test('an expired agreement and a party that cannot pay are refused with their codes', async () => {
  await writeFile(cluster.path('alice', 'late.txt'), 'late\n')
  await copyFile(cluster.path('alice', 'late.txt'), cluster.path('bob', 'late.txt'))
  const pair = ['--party', keys.alice.publicKey, '--party', keys.bob.publicKey]
  const tooMuch = ['--pay', `${keys.bob.publicKey}=${keys.alice.account}=100000`]
  const propose = (out: string, ...more: string[]) =>
    ok('alice', 'agree', 'propose', 'late.txt', ...pair, '--out', out, ...more)

  // Signed apart, each on its own copy: the copies are joined when they are sent.
  await propose('rich.agreement', ...tooMuch)
  await send('alice', 'bob', 'rich.agreement')
  await ok('alice', 'agree', 'sign', 'rich.agreement', 'late.txt')
  await ok('bob', 'agree', 'sign', 'rich.agreement', 'late.txt')
  await copyFile(cluster.path('alice', 'rich.agreement'), cluster.path('bob', 'hers.agreement'))
  await refused('bob', 'agreement-party-cannot-pay', 'agree', 'submit', 'rich.agreement', 'hers.agreement')

  const client = await makeClient()
  const draft = await proposeAgreement(client, {
    document: sha256(utf8('late\n')),
    parties: [fromHex(keys.alice.publicKey), fromHex(keys.bob.publicKey)],
    transfers: [],
    validForMs: 1,
  })
  await writeFile(cluster.path('alice', 'soon.agreement'), `cresset-agreement-v1\n${toHex(encodeAgreement(draft))}\n`)
  await ok('alice', 'agree', 'sign', 'soon.agreement', 'late.txt')
  await send('alice', 'bob', 'soon.agreement')
  await ok('bob', 'agree', 'sign', 'soon.agreement', 'late.txt')
  await refused('bob', 'agreement-expired', 'agree', 'submit', 'soon.agreement')
})
