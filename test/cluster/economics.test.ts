import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, type TestContext, test } from 'node:test'
import {
  type ProvenReceipt,
  prepareTransaction,
  publishAction,
  registerName,
  send,
  submitTransaction,
} from '@cresset/access-client'
import { validatorsOf } from '@cresset/core-chain'
import { toHex } from '@cresset/core-codec'
import { accountOf, generateKeyPair, keyPairSigner, type Signer } from '@cresset/core-crypto'
import {
  type Action,
  accountEntry,
  feeFundEntry,
  firstChargeQuanta,
  incomeEntry,
  leaseEntry,
  nameNodesEntry,
  readAccount,
  readName,
  registrationSigningBytes,
  sealRegistration,
  sealSecretContext,
  signedLength,
  signTransaction,
  stateKeys,
  transactionFee,
} from '@cresset/core-ledger'
import { queryServer } from '@cresset/dns-server'
import { parseAbsoluteName, RecordType } from '@cresset/dns-wire'
import type { FileKey } from '@cresset/keys'
import { Validators } from './validators.ts'

/** Money and time of names on a network whose clocks run fast: 100 quanta a second, fee blocks after 10 blocks or 3 idle seconds. */
const ratePerSecond = 100
const sets = {
  feeEvery: '10',
  maxBlockInterval: '300ms',
  depositRateQuanta: String(ratePerSecond),
  depositRatePeriod: '1s',
  grace: '1s',
  releaseDelay: '1s',
}
let validators: Validators
let founder: FileKey
before(async () => {
  validators = await Validators.make({ sets })
  await validators.startAll()
  founder = await validators.founder()
})
after(() => validators[Symbol.asyncDispose]())

const client = () => validators.client()

async function fundedSigner(amount = 50_000_000n): Promise<Signer> {
  const signer = keyPairSigner(generateKeyPair('ed25519', new Uint8Array(randomBytes(32))))
  await send(client(), [founder], transferTo(accountOf(signer.publicKey), amount))
  return signer
}

const transferTo = (to: Uint8Array, amount: bigint) =>
  ({ kind: 'transfer', body: { to, amount, memo: new Uint8Array(0) } }) as const

/** A transaction that moves nothing but its fee. */
const pay = (): Promise<ProvenReceipt> => send(client(), [founder], transferTo(accountOf(founder.publicKey), 1n))

function register(name: string, signer: Signer, deposit: bigint) {
  return registerName(client(), { name, deposit, signer, randomBytes: (length) => new Uint8Array(randomBytes(length)) })
}

/** The proven state of one height. */
async function stateAt(height: number, accounts: readonly Uint8Array[], names: readonly string[]) {
  const keys = [
    stateKeys.income,
    stateKeys.feeFund,
    stateKeys.nameNodes,
    ...accounts.map((account) => stateKeys.account(account)),
    ...names.map((name) => stateKeys.lease(name)),
  ]
  const answer = await client().connection.first((node) =>
    node.postJson('/v1/proofs', { keys: keys.map((key) => toHex(key)), height }),
  )
  const state = client().verify(answer)
  assert.equal(state.final.height, height)
  const must = (key: Uint8Array): Uint8Array => {
    const value = state.get(key)
    assert.ok(value, 'an entry is missing')
    return value
  }
  const fund = feeFundEntry.codec.decode(must(stateKeys.feeFund))
  return {
    timeMs: state.final.timeMs,
    fund,
    pot: incomeEntry.codec.decode(must(stateKeys.income)).pot,
    nameNodes: nameNodesEntry.codec.decode(must(stateKeys.nameNodes)).accounts,
    balance: (account: Uint8Array): bigint => {
      const value = state.get(stateKeys.account(account))
      return value === undefined ? 0n : accountEntry.codec.decode(value).balance
    },
    depositQuanta: (name: string): number =>
      leaseEntry.codec.decode(must(stateKeys.lease(name))).paidQuanta - fund.paidQuanta,
  }
}

const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n)

test('at each tenth block deposits fall, and producers and name nodes get the very same sum', async (context) => {
  const owner = await fundedSigner()
  const names = ['first.acme', 'second.acme']
  for (const name of names) await register(name, owner, 20_000_000n)
  const { quantum } = validators.genesis.parameters
  const producers = validatorsOf(validators.genesis).validators.map((validator) => validator.account)
  const start = (await client().query((view) => readAccount(view, accountOf(founder.publicKey)))).rests.height
  const first = Math.ceil((start + 1) / 10) * 10
  const last = first + 20
  for (let height = start; height < last; ) height = (await pay()).rests.height
  await validators.until(0, (status) => status.height >= last, 'the last fee block is missing')

  const payer = accountOf(founder.publicKey)
  let settled = await stateAt(first, [...producers, payer], names)
  for (let height = first + 10; height <= last; height += 10) {
    const receivers = [...new Map([...producers, ...settled.nameNodes].map((one) => [toHex(one), one])).values()]
    const before = await stateAt(height - 1, [...receivers, payer], names)
    const feeBlock = await stateAt(height, [...receivers, payer], names)
    // Between two fee blocks no deposit moves; at the fee block each active name pays the same.
    const charge = feeBlock.fund.paidQuanta - before.fund.paidQuanta
    assert.ok(charge > 0)
    for (const name of names) {
      assert.equal(before.depositQuanta(name), settled.depositQuanta(name))
      assert.equal(feeBlock.depositQuanta(name), before.depositQuanta(name) - charge)
    }
    const paidByNames = BigInt(charge * names.length) * quantum
    assert.equal((before.fund.heldQuanta - feeBlock.fund.heldQuanta) * quantum, paidByNames)
    // All that came in since the last fee block, transaction fees included, went out but for what does not divide.
    const paidByTransactions = settled.balance(payer) - feeBlock.balance(payer)
    assert.ok(paidByTransactions > 0n)
    const total = (state: typeof before) => sum(receivers.map(state.balance))
    const risen = total(feeBlock) - total(settled)
    assert.equal(total(before), total(settled), 'income goes out at fee blocks only')
    assert.equal(risen, paidByNames + paidByTransactions + settled.pot - feeBlock.pot)
    assert.ok(feeBlock.pot < BigInt(2 * receivers.length), `${feeBlock.pot} stay in the pot`)
    context.diagnostic(
      `block ${height}: ${paidByNames} from 2 names and ${paidByTransactions} of transaction fees; receivers +${risen}`,
    )
    settled = feeBlock
  }
})

/** Quanta that a name pays for a millisecond of block time, from the fee table between two heights. */
async function price(from: number, to: number) {
  const [start, end] = [await stateAt(from, [], []), await stateAt(to, [], [])]
  // Exactly the rate for the ledger time between the fee blocks, whatever lies between them.
  const { depositRateQuanta, depositRatePeriodMs } = validators.genesis.parameters
  const earned = (end.fund.chargedLedgerMs - start.fund.chargedLedgerMs) * depositRateQuanta
  const quanta = end.fund.paidQuanta - start.fund.paidQuanta
  assert.equal(quanta * depositRatePeriodMs + end.fund.carry - start.fund.carry, earned)
  const spanMs = end.timeMs - start.timeMs
  return { quanta, spanMs, blocksPerSecond: ((to - from) * 1_000) / spanMs }
}

test('a name left alone goes from grace to expired, leaves DNS and becomes free; idle or busy, the price is the same', async (context) => {
  const { parameters, nodes } = validators.genesis
  const owner = await fundedSigner()
  const [address = '', port = ''] = nodes[0]!.endpoints.dns.split(':')
  const ask = () =>
    queryServer({ address, port: Number(port) }, { name: parseAbsoluteName('www.brief.acme'), type: RecordType.TXT })
  const status = async () => (await client().query((view, at) => readName(view, 'brief.acme', at))).value.status

  const deposit = BigInt(firstChargeQuanta(parameters) + ratePerSecond) * parameters.quantum
  await register('brief.acme', owner, deposit)
  const place = { name: 'brief.acme', host: 'www', zone: 'acme' }
  const recordSets = [{ type: RecordType.TXT, ttlSeconds: undefined, data: [Uint8Array.of(2, 0x68, 0x69)] }]
  const { rests } = await send(client(), [owner], publishAction(place, { recordSets }))
  await validators.until(0, (now) => now.height >= rests.height, 'node1 fell behind')
  assert.equal((await ask()).answers.length, 1)

  const idleFrom = (await validators.status(0)).height
  const reach = async (wanted: string): Promise<void> => {
    const seen = new Set<string>()
    await validators.until(
      0,
      () => seen.has(wanted),
      `the name does not get ${wanted}`,
      30_000,
      async () => seen.add(await status()),
    )
  }
  await reach('grace')
  assert.equal((await ask()).answers.length, 1, 'in grace a name resolves')
  await reach('reserved')
  await assert.rejects(register('brief.acme', owner, deposit), { code: 'name-reserved' })
  // The sweep takes it out of DNS at a fee block.
  let rcode = 0
  await validators.until(
    0,
    () => rcode === 3,
    'the expired name is still in DNS',
    30_000,
    async () => {
      rcode = (await ask()).rcode
    },
  )
  await reach('free')
  const idleTo = (await validators.status(0)).height
  const idle = await price(idleFrom, idleTo)
  await register('brief.acme', await fundedSigner(), deposit * 4n)

  const busyFrom = (await validators.status(0)).height
  const until = Date.now() + 4_000
  // Proofs go back 256 blocks.
  for (let height = busyFrom; height < busyFrom + 240 && Date.now() < until; ) height = (await pay()).rests.height
  const busyTo = (await validators.status(0)).height

  const busy = await price(busyFrom, busyTo)
  tell(context, 'idle', idle)
  tell(context, 'busy', busy)
  assert.ok(busy.blocksPerSecond > 3 * idle.blocksPerSecond)
  for (const { quanta, spanMs } of [idle, busy]) {
    const fair = (spanMs * ratePerSecond) / 1_000
    // Charges come in steps of an interval: 10 blocks, 3 s when idle.
    assert.ok(Math.abs(quanta - fair) <= 3 * ratePerSecond, `${quanta} quanta for ${spanMs} ms`)
  }
})

function tell(
  context: TestContext,
  what: string,
  { quanta, spanMs, blocksPerSecond }: Awaited<ReturnType<typeof price>>,
) {
  context.diagnostic(
    `${what}: ${blocksPerSecond.toFixed(1)} blocks/s, ${quanta} quanta in ${(spanMs / 1_000).toFixed(1)} s`,
  )
}

test('a cancelled name pays back the rest of its deposit, to the unit', async () => {
  const owner = await fundedSigner()
  const account = accountOf(owner.publicKey)
  await register('leave.acme', owner, 10_000_000n)
  const draft = await prepareTransaction(client(), [owner.publicKey], { kind: 'cancel', body: { name: 'leave.acme' } })
  const { rests, receipt } = await submitTransaction(client(), await signTransaction(draft, [owner]))
  const before = await stateAt(rests.height - 1, [account], ['leave.acme'])
  const after = await stateAt(rests.height, [account], [])
  const { parameters } = validators.genesis
  const rest = BigInt(before.depositQuanta('leave.acme')) * parameters.quantum
  assert.ok(rest > 0n)
  const fee = transactionFee(signedLength(draft), parameters)
  assert.equal(after.balance(account), before.balance(account) + rest - fee)
  assert.ok(
    JSON.stringify(receipt.events, (_, value) => (typeof value === 'bigint' ? `${value}` : value)).includes(`${rest}`),
  )
})

/** One client of a race, step by step as the SDK goes. */
async function racer(name: string, deposit: bigint) {
  const signer = await fundedSigner()
  const act = async (action: Action): Promise<void> => {
    await send(client(), [signer], action)
  }
  let sequence = 0
  let secret = new Uint8Array(32)
  return {
    signer,
    account: accountOf(signer.publicKey),
    async seal(): Promise<void> {
      const { value } = await client().query((view) => readAccount(view, accountOf(signer.publicKey)))
      sequence = value.sequence
      const place = { chainId: client().chainId, sender: accountOf(signer.publicKey), sequence }
      const salt = new Uint8Array(randomBytes(16))
      secret = new Uint8Array(await signer.secretFor!(sealSecretContext(place, salt)))
      const [label = '', zone = ''] = name.split('.')
      const statement = { zone, label, primaryKey: signer.publicKey, certificateInformation: undefined, deposit }
      const signature = await signer.sign(registrationSigningBytes(place, statement))
      await act({ kind: 'seal', body: sealRegistration(place, { ...statement, signature }, { r: secret, salt }) })
    },
    reveal: () => act({ kind: 'reveal', body: { sender: accountOf(signer.publicKey), sequence, secret } }),
  }
}

test('the older seal wins, also when it is revealed last; the other gets deposit and bond back', async () => {
  for (const olderLast of [true, false]) {
    const name = olderLast ? 'late.acme' : 'early.acme'
    const [older, younger] = [await racer(name, 5_000_000n), await racer(name, 6_000_000n)]
    await older.seal()
    await younger.seal()
    if (olderLast) {
      await younger.reveal()
      const claimed = await client().query((view, at) => readName(view, name, at))
      assert.equal(claimed.value.status, 'claimed')
      await older.reveal()
    } else {
      await older.reveal()
      await assert.rejects(younger.reveal(), { kind: 'refused', code: 'name-taken' })
    }
    const { value: found } = await client().query((view, at) => readName(view, name, at))
    assert.equal(found.status, 'active')
    assert.deepEqual(found.entry?.registration?.primaryKey, older.signer.publicKey)
    // The loser paid two fees and nothing else.
    const { value: loser } = await client().query((view) => readAccount(view, younger.account))
    assert.ok(50_000_000n - loser.balance < 3_000n, `the loser has ${loser.balance}`)
    assert.equal(loser.sequence, 2)
  }
})

test('what would cost the bond is refused before it is sealed', async () => {
  const poor = await fundedSigner(3_000_000n)
  const cases: [string, bigint, string][] = [
    ['poor.acme', 2_500_000n, 'balance-too-low'],
    ['little.acme', 1_000n, 'deposit-too-small'],
    ['ns.acme', 1_000_000n, 'label-reserved'],
    ['xn--zzzz.acme', 1_000_000n, 'a-label-malformed'],
  ]
  for (const [name, deposit, code] of cases) await assert.rejects(register(name, poor, deposit), { code })
  const { value } = await client().query((view) => readAccount(view, accountOf(poor.publicKey)))
  assert.deepEqual(value, { balance: 3_000_000n, sequence: 0 })
  // With enough for bond, deposit and fees, and little more, it works.
  await register('poor.acme', poor, 1_990_000n)
})
