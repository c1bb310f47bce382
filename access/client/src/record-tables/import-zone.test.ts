import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { randomForTests, TestNode } from '@cresset/access-http-api/testing'
import { accountOf, keyPairSigner } from '@cresset/core-crypto'
import { readAccount, tableFee, transactionCodec } from '@cresset/core-ledger'
import { lowerCaseName, parseAbsoluteName, RecordType, readMasterFile, writeMasterFile } from '@cresset/dns-wire'
import { Client } from '../client.ts'
import type { ClientError } from '../client-error.ts'
import { delegationAction } from '../delegating.ts'
import { proveServer, publishAction } from '../publishing.ts'
import { registerName } from '../registration.ts'
import { clientOf } from '../testing/client-of.ts'
import { generatedZone } from '../testing/zone-text.ts'
import { send } from '../transactions.ts'
import { actionsOf, type ImportPlan, planImport, priceOf } from './import-plan.ts'
import { type ImportStep, importZone } from './import-zone.ts'
import { readZoneContent, type ZoneContent } from './zone-content.ts'
import { answeredRrsets, tableRrsets } from './zone-rrsets.ts'
import { readZoneStanding, type ZoneStanding } from './zone-standing.ts'

const records = 1_000
const name = 'shop.acme'
const apex = lowerCaseName(parseAbsoluteName(name))

let node: TestNode
let client: Client
before(async () => {
  // A transaction takes one full page and little more.
  node = await TestNode.start({ maxTransactionBytes: '18 KiB' })
  client = clientOf(node)
  await registerName(client, { name, deposit: 1_000_000n, signer: user(0), randomBytes: randomForTests })
})
after(() => node.close())

const user = (index: number) => keyPairSigner(node.ledger.users[index] as (typeof node.ledger.users)[number])
const standingNow = (): Promise<ZoneStanding> => readZoneStanding(client, name)

const balance = async (): Promise<bigint> =>
  (await client.query((view) => readAccount(view, accountOf(user(0).publicKey)))).value.balance

function contentOf(text: string, standing: ZoneStanding): ZoneContent {
  const content = readZoneContent(readMasterFile({ name: 'zone', text }, { origin: apex }), standing)
  assert.deepEqual(content.problems, [])
  return content
}

async function planOf(text: string): Promise<ImportPlan> {
  const standing = await standingNow()
  return planImport(contentOf(text, standing), standing)
}

const importText = async (text: string, onStep?: (step: ImportStep) => void): Promise<ImportPlan> => {
  const plan = await planOf(text)
  await importZone(client, plan, { signer: user(0), ...(onStep && { onStep }) })
  return plan
}

const exported = async (): Promise<string> =>
  `${[...writeMasterFile(apex, answeredRrsets(await standingNow()))].join('\n')}\n`

/** What a file says, as records in one order. */
const canonical = (text: string): string[] =>
  [...readMasterFile({ name: 'zone', text }, { origin: apex })]
    .map((item) => {
      if (item.kind === 'problem') throw new Error(`${item.line}: ${item.message}`)
      return `${Buffer.from(item.owner).toString('hex')} ${item.ttl} ${item.type} ${Buffer.from(item.rdata).toString('hex')}`
    })
    .sort()

const linesOf = (text: string, pattern: RegExp): number => text.split('\n').filter((line) => pattern.test(line)).length

/** The first lines that differ: a whole zone in a message helps nobody. */
function difference(some: readonly string[], others: readonly string[]): string | undefined {
  const index = some.findIndex((line, at) => line !== others[at])
  if (index < 0 && some.length === others.length) return undefined
  return `${some.length} and ${others.length} records: ${some[index]} and ${others[index]}`
}

const zone = generatedZone(records)
const withoutApex = zone
  .split('\n')
  .filter((line) => !/^@ (SOA|NS) /.test(line))
  .join('\n')

test('a zone of many pages is shown at once, and comes back as it was', async () => {
  const steps: string[] = []
  const plan = await importText(zone, (step) =>
    steps.push(step.step === 'pages' ? `${step.done}/${step.of}` : step.step),
  )
  assert.equal(plan.records, records)
  assert.ok(plan.building.length >= 2, `${plan.building.length} transactions build`)
  assert.deepEqual([plan.isInPlace, plan.generation, plan.changedPages], [false, 1, plan.pages])
  assert.equal(steps[0], `0/${plan.pages}`)
  assert.equal(steps.at(-1), 'serving')
  assert.equal(difference(canonical(await exported()), canonical(withoutApex)), undefined)
})

test('what was exported, imported again, changes nothing; a changed line changes one page in one transaction', async () => {
  const text = await exported()
  assert.deepEqual(actionsOf(await planOf(text)), [])
  const changed = text.replace(/^(host7 .*A +)10\.0\.0\.7$/m, '$110.9.9.9')
  assert.ok(changed !== text)
  const plan = await importText(changed)
  assert.deepEqual([plan.isInPlace, plan.changedPages, actionsOf(plan).length], [true, 1, 1])
  assert.equal(difference(canonical(await exported()), canonical(changed)), undefined)
})

test('the price told before is what is taken, but for what shorter numbers save', async () => {
  const plan = await planOf(generatedZone(records - 5))
  const price = priceOf(plan, client.chainId, user(0).publicKey, (await standingNow()).parameters)
  const before = await balance()
  await importZone(client, plan, { signer: user(0) })
  const taken = before - (await balance())
  assert.ok(taken <= price && taken > (price * 9n) / 10n, `${taken} of ${price}`)
})

test('an import that was broken off shows nothing, and goes on with the pages that are there', async () => {
  const text = zone.replaceAll('10.0.', '10.77.')
  const before = await exported()
  const stopping = new AbortController()
  const first = await planOf(text)
  assert.ok(first.building.length >= 2)
  await assert.rejects(
    importZone(client, first, {
      signer: user(0),
      signal: stopping.signal,
      onStep: ({ step }) => {
        if (step === 'pages') stopping.abort()
      },
    }),
    (error: ClientError) => error.code === 'interrupted',
  )
  assert.ok((await exported()) === before)

  // All but the last transaction of the building ones: as if the machine had ended after it.
  const half = await planOf(text)
  await importZone(
    client,
    { ...half, building: half.building.slice(0, 1), serving: undefined },
    { signer: user(0) },
  ).catch((error: ClientError) => assert.equal(error.code, 'records-generation'))
  assert.ok((await exported()) === before)
  const rest = await importText(text)
  assert.equal(rest.generation, half.generation)
  assert.ok(rest.changedPages < half.changedPages, `${rest.changedPages} of ${half.changedPages} pages`)
  assert.equal(
    difference(
      canonical(await exported()),
      canonical(
        text
          .split('\n')
          .filter((line) => !/^@ (SOA|NS) /.test(line))
          .join('\n'),
      ),
    ),
    undefined,
  )
})

test('of two imports at once one is refused before it sends anything, and may look again', async () => {
  const text = await exported()
  const plans = await Promise.all(['a', 'b'].map((letter) => planOf(text.replaceAll('host number', letter))))
  const [first, second] = plans as [ImportPlan, ImportPlan]
  assert.ok(first.building.length >= 2)
  await importZone(client, first, { signer: user(0) })
  const shown = await exported()
  await assert.rejects(
    importZone(client, second, { signer: user(0) }),
    (error: ClientError) => error.code === 'sequence-used',
  )
  assert.ok((await exported()) === shown)
})

test('a transaction refused in the middle ends the import: nobody waits for those behind it, and the next import goes on', {
  timeout: 60_000,
}, async () => {
  const text = Array.from({ length: 300 }, (_, number) => `t${number} 300 TXT ${'x'.repeat(250)}\n`).join('')
  const plan = await planOf(text)
  assert.ok(plan.building.length >= 4)
  const [first, second] = plan.building as [(typeof plan.building)[0], (typeof plan.building)[0]]
  const sent: number[] = []
  let allBehind: () => void = () => {}
  const behind = new Promise<void>((resolve) => {
    allBehind = resolve
  })
  const refusing = new Client({
    genesis: node.ledger.genesis,
    nodes: ['http://node.test'],
    now: () => node.nowMs,
    fetch: async (url, init) => {
      if (!url.endsWith('/v1/transactions')) return node.fetch(url, init as RequestInit)
      const { sequence } = transactionCodec.decode(init.body as Uint8Array).unsigned
      sent.push(sequence - plan.sequence)
      if (sent.includes(2) && sent.includes(3)) allBehind()
      if (sequence !== plan.sequence + 1) return node.fetch(url, init as RequestInit)
      // Those behind it wait in the node by then.
      await behind
      return new Response(JSON.stringify({ code: 'fee-unpayable', detail: 'so says the node' }), { status: 422 })
    },
  })
  let done = 0
  await assert.rejects(
    importZone(refusing, plan, {
      signer: user(0),
      timeoutMs: 3_600_000,
      onStep: (step) => {
        if (step.step === 'pages') done = step.done
      },
    }),
    (error: ClientError) => error.code === 'fee-unpayable' && error.message.includes('Fund the account'),
  )
  assert.deepEqual([...new Set(sent)].sort(), [0, 1, 2, 3], 'nothing was sent after it')
  assert.equal(done, plan.pages - plan.changedPages + first.body.pages.length)

  // As the command does it: what waited in the node comes into a block behind the one that was missing.
  const rest = await planOf(text)
  assert.equal(rest.changedPages, plan.changedPages - first.body.pages.length)
  assert.deepEqual(rest.building[0]?.body.pages, second.body.pages)
  await assert.rejects(importZone(client, rest, { signer: user(0) }), ({ code }: ClientError) =>
    ['sequence-used', 'sequence-pending'].includes(code),
  )
  const last = await importText(text)
  assert.equal(last.generation, plan.generation)
  assert.ok(last.changedPages <= rest.changedPages - second.body.pages.length)
})

interface PageQuestion {
  readonly keys: string[]
  height: number
}

test('pages are of one height and proven: a node that answers otherwise is refused, or passed over', async () => {
  let ask: (question: PageQuestion) => void = () => {}
  let turn: (proofs: string[]) => string[] = (proofs) => proofs
  const lyingFetch = async (url: string, init: RequestInit): Promise<Response> => {
    const question = url === 'http://lying.test/v1/proofs' ? (JSON.parse(String(init.body)) as PageQuestion) : undefined
    if (question?.height === undefined) return node.fetch(url, init)
    ask(question)
    const response = await node.fetch(url, { ...init, body: JSON.stringify(question) })
    const answer = (await response.json()) as { proofs: string[] }
    return new Response(JSON.stringify({ ...answer, proofs: turn(answer.proofs) }))
  }
  const read = (...nodes: string[]) =>
    readZoneStanding(
      new Client({
        genesis: node.ledger.genesis,
        nodes,
        now: () => node.nowMs,
        fetch: (url, init) => lyingFetch(url, init as RequestInit),
      }),
      name,
    )
  const refusedAs = async (code: string): Promise<void> => {
    await assert.rejects(
      read('http://lying.test'),
      (error: ClientError) => error.kind === 'not-verified' && error.code === code,
    )
    assert.deepEqual((await read('http://lying.test', 'http://node.test')).served, (await standingNow()).served)
  }
  assert.ok((await read('http://lying.test')).served.size > 1)
  ask = (question) => {
    question.height -= 1
  }
  await refusedAs('wrong-height')
  ask = () => {}
  turn = ([first, ...rest]) => (first === undefined ? [] : [...rest, first])
  await refusedAs('bad-proof')
})

test('delegations come with the zone; hosts keep what they publish, and the table waits behind them', async () => {
  const text = `${withoutApex}t NS ns.t\nt NS ns.other.example.\nt DS 1 13 2 ${'ab'.repeat(32)}\nns.t A 192.0.2.99\nwww A 192.0.2.33\n`
  const plan = await importText(text)
  assert.equal(plan.delegations.length, 1)
  assert.ok(plan.tableFees > 0n, 'a table is shown already')
  assert.equal(difference(canonical(await exported()), canonical(text)), undefined)
  assert.deepEqual(actionsOf(await planOf(text)), [])

  const place = { zone: 'acme', name, host: 'www' }
  const server = await proveServer(client, place, user(0).publicKey, {
    addresses: [Uint8Array.of(192, 0, 2, 7)],
    signer: user(5),
  })
  const services = [{ port: 443, protocol: 'tcp' as const, web: true }]
  await send(client, [user(0)], publishAction(place, { servers: [server], services }))
  const shown = await exported()
  assert.deepEqual(linesOf(shown, /^_443\._tcp\.www +300 TLSA +3 1 1 /), 1)
  assert.deepEqual(linesOf(shown, /^www +300 A +192\.0\.2\.7$/), 1)
  assert.deepEqual(linesOf(shown, /192\.0\.2\.33/), 0)
  // The file from before the host was published, and the one from after it.
  assert.deepEqual(actionsOf(await planOf(text)), [])
  assert.deepEqual(actionsOf(await planOf(shown)), [])
  const standing = await standingNow()
  assert.deepEqual(contentOf(shown, standing).hidden, ['www'])
  assert.ok(tableRrsets(standing).some(({ rdatas }) => rdatas.some((rdata) => rdata[3] === 33)))
  const older = contentOf(shown.replace(/TLSA +3 1 1 ..../, 'TLSA 3 1 1 0000'), standing)
  assert.deepEqual([older.problems, older.remarks.length], [[], 1])
  const edited = shown.replace('192.0.2.7', '192.0.2.8')
  const { problems } = readZoneContent(readMasterFile({ name: 'zone', text: edited }, { origin: apex }), standing)
  assert.match(problems[0]?.message ?? '', /^www\.shop\.acme\. A: the published host answers for this owner/)

  const fee = tableFee(standing.table?.served, standing.parameters)
  const before = await balance()
  await send(client, [user(0)], delegationAction({ zone: 'acme', name, host: 't' }))
  const taken = before - (await balance())
  assert.ok(taken > fee && taken < fee + 1_000n, `${taken} for a table of ${fee}`)
  const after = await planOf(shown)
  assert.deepEqual([after.delegations.length, after.tableFees], [1, fee])
})

test('a name without records gets none from an empty file, and loses all with one', async () => {
  const plan = await importText('')
  assert.deepEqual([plan.isInPlace, actionsOf(plan).length], [true, 1])
  assert.deepEqual(
    tableRrsets(await standingNow()).map(({ type }) => type),
    [1],
  )
  await send(client, [user(0)], publishAction({ zone: 'acme', name, host: 'www' }, {}))
  await importText('')
  assert.deepEqual(tableRrsets(await standingNow()), [])
  assert.deepEqual(actionsOf(await planOf('')), [])
})

test('a name with all the hosts that it may have is read too', async () => {
  const recordSets = [{ type: RecordType.TXT, ttlSeconds: undefined, data: [Uint8Array.of(1, 0x68)] }]
  for (let number = 0; number < 64; number++)
    await send(client, [user(0)], publishAction({ zone: 'acme', name, host: `h${number}` }, { recordSets }))
  const plan = await importText('$TTL 300\nmail A 192.0.2.1\n')
  assert.equal(plan.records, 1)
  assert.equal((await readZoneStanding(client, name)).hosts.length, 64)
  assert.equal(answeredRrsets(await standingNow()).length, 65)
})
