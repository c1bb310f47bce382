import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import { type AnswerJson, Client, registerName, trustToJson } from '@cresset/access-client'
import { randomForTests, TestNode } from '@cresset/access-http-api/testing'
import { commitVoteBytes, finalityProofCodec } from '@cresset/core-chain'
import { fromBase64Url, toBase64Url, toHex } from '@cresset/core-codec'
import { generateKeyPair, keyPairSigner, signSync } from '@cresset/core-crypto'
import { readName } from '@cresset/core-ledger'
import { type Bundle, bundleForBrowsers } from '../../tools/browser/bundle.ts'
import { Chromium, type Page } from '../../tools/browser/chromium.ts'
import { skipWithout } from '../../tools/system-tools.ts'
import { type Lie, serveLies, serveNode, servePage } from './servers.ts'

/*
 * The page of docs/guides/verify-in-browser.md in Chromium, with the built packages in it and a node that it does not trust.
 */

const skip = skipWithout('chromium')
const green = 'rgb(10, 107, 45)'
const red = 'rgb(176, 0, 32)'

let bundle: Bundle
let chromium: Chromium
let node: TestNode
let truth: string
let owner: string
/** True answers about a registered name and about one that nobody has, at different heights. */
let present: AnswerJson
let absent: AnswerJson
/** About the same name, from before it was registered. */
let earlier: AnswerJson

const answerAbout = async (client: Client, name: string): Promise<AnswerJson> =>
  (await client.queryWithAnswer((view, at) => readName(view, name, at), `/v1/names/${name}`)).answer

before(async () => {
  if (skip) return
  bundle = await bundleForBrowsers({ file: 'docs/guides/verify-in-browser/page.ts' })
  chromium = await Chromium.start()
  node = await TestNode.start()
  truth = await serveNode(node)
  const pair = node.ledger.users[0]!
  owner = toHex(pair.publicKey)
  const client = new Client({ genesis: node.ledger.genesis, nodes: [truth], now: () => node.nowMs })
  const signer = keyPairSigner(pair)
  earlier = await answerAbout(client, 'shop.acme')
  await registerName(client, { name: 'shop.acme', deposit: 1_000_000n, signer, randomBytes: randomForTests })
  absent = await answerAbout(client, 'nobody.acme')
  await node.commit()
  present = await answerAbout(client, 'shop.acme')
})
after(async () => {
  await chromium?.close()
  await node?.close()
})

/** The page with a clock of the ledger's time, `lateMs` later. */
async function openPage(context: TestContext, lateMs = 0, trustJson?: string): Promise<Page> {
  const url = await servePage(context, bundle, node.ledger.genesis, trustJson)
  const page = await chromium.open(url, `Date.now = () => ${node.nowMs + lateMs}`)
  context.after(() => page.close())
  await page.until('document.querySelector("button")?.disabled === false')
  return page
}

interface Shown {
  readonly state: string
  readonly text: string
  readonly color: string
}

async function ask(page: Page, name: string, address: string): Promise<Shown> {
  await page.evaluate(`{
    document.documentElement.dataset.state = 'idle'
    document.querySelector('#name').value = ${JSON.stringify(name)}
    document.querySelector('#node').value = ${JSON.stringify(address)}
    document.querySelector('button').click()
  }`)
  await page.until(`!['idle', 'asking'].includes(document.documentElement.dataset.state)`)
  return page.evaluate<Shown>(`({
    state: document.documentElement.dataset.state,
    text: document.querySelector('output').textContent,
    color: getComputedStyle(document.querySelector('output')).backgroundColor,
  })`)
}

test('a name is verified through a node that nobody trusts, in green, with its owner and what it rests on', {
  skip,
}, async (t) => {
  const page = await openPage(t)
  const shown = await ask(page, 'shop.acme', truth)
  assert.deepEqual([shown.state, shown.color], ['verified', green], shown.text)
  assert.match(
    shown.text,
    new RegExp(`^shop\\.acme is active, primary key ${owner}\\nsigned by 3 of 4 validators at height \\d+`),
  )
  const nobody = await ask(page, 'nobody.acme', truth)
  assert.deepEqual([nobody.state, nobody.color], ['verified', green], nobody.text)
  assert.match(nobody.text, /^nobody\.acme is free\n/)
})

test('the page keeps the newest header that it checked, and goes on from there', { skip }, async (t) => {
  const page = await openPage(t)
  await ask(page, 'shop.acme', truth)
  const height = () => page.evaluate<number>('JSON.parse(localStorage.getItem("cresset-trust")).newest.height')
  const first = await height()
  assert.equal(first, node.application.head.height)
  await node.commit()
  assert.equal((await ask(page, 'shop.acme', truth)).state, 'verified')
  assert.equal(await height(), first + 1)
})

function forged(answer: AnswerJson): AnswerJson {
  const proof = finalityProofCodec.decode(fromBase64Url(answer.finality))
  const { certificate } = proof.evidence
  const pair = generateKeyPair('ed25519', new Uint8Array(32).fill(9))
  const message = commitVoteBytes(node.ledger.chainId, certificate)
  const signatures = certificate.signatures.map(({ validatorIndex }) => ({
    validatorIndex,
    signature: signSync(pair, message),
  }))
  const evidence = { ...proof.evidence, certificate: { ...certificate, signatures } }
  return { ...answer, finality: toBase64Url(finalityProofCodec.encode({ ...proof, evidence })) }
}

function flipped(text: string): string {
  const bytes = fromBase64Url(text)
  bytes[bytes.length >> 1]! ^= 1
  return toBase64Url(bytes)
}

const other = (answer: AnswerJson, proofs: readonly string[]) =>
  answer.keys.map((_, index) => proofs[index % proofs.length]!)

const lies: readonly [what: string, name: string, lie: Lie, code: RegExp][] = [
  [
    'a name that is there, told to be absent',
    'shop.acme',
    (a) => ({ ...a, proofs: other(a, absent.proofs) }),
    /^bad-proof: /,
  ],
  [
    'a name that nobody has, told to be there',
    'nobody.acme',
    (a) => ({ ...a, proofs: other(a, present.proofs) }),
    /^bad-proof: /,
  ],
  ['a changed record', 'shop.acme', (a) => ({ ...a, proofs: a.proofs.map(flipped) }), /^bad-proof: /],
  ['a certificate of its own making', 'shop.acme', forged, /^bad-signature: /],
  [
    'proofs of one height under the certificate of another',
    'shop.acme',
    (a) => ({ ...a, finality: absent.finality }),
    /^wrong-height: /,
  ],
  [
    'what was true before, under the newest certificate',
    'shop.acme',
    (a) => ({ ...a, proofs: other(a, earlier.proofs) }),
    /^bad-proof: /,
  ],
  ['an answer cut short', 'shop.acme', (a) => ({ ...a, finality: a.finality.slice(0, -8) }), /^bad-finality: /],
]

for (const [what, name, lie, code] of lies) {
  test(`red: ${what}`, { skip }, async (t) => {
    const liar = await serveLies(t, truth, lie)
    const shown = await ask(await openPage(t), name, liar)
    assert.deepEqual([shown.state, shown.color], ['refused', red], shown.text)
    assert.match(shown.text, code)
  })
}

test('the same server without its lie is believed, so what is red above is the lie', { skip }, async (t) => {
  const relay = await serveLies(t, truth, (answer) => answer)
  assert.equal((await ask(await openPage(t), 'shop.acme', relay)).state, 'verified')
})

test('red: a node that stands still, with by how much it is late', { skip }, async (t) => {
  const lateMs = node.ledger.genesis.parameters.maxStalenessMs + 30_000
  const shown = await ask(await openPage(t, lateMs), 'shop.acme', truth)
  assert.deepEqual([shown.state, shown.color], ['refused', red], shown.text)
  assert.match(shown.text, /^stale: the answer is too old by 30 s/)
})

test('a ledger older than the trusting period needs a recent header from the server of the page', {
  skip,
}, async (t) => {
  const { genesis } = node.ledger
  const client = new Client({ genesis, nodes: [truth], now: () => node.nowMs })
  await answerAbout(client, 'nobody.acme')
  node.nowMs = genesis.timeMs + genesis.parameters.trustingPeriodMs
  await node.commit()
  const alone = await ask(await openPage(t), 'nobody.acme', truth)
  assert.deepEqual([alone.state, alone.color], ['refused', red], alone.text)
  assert.match(alone.text, /^trust-expired: genesis is older than the trusting period of 14 days/)
  const helped = await ask(await openPage(t, 0, trustToJson(client.trust)), 'nobody.acme', truth)
  assert.deepEqual([helped.state, helped.color], ['verified', green], helped.text)
})

test('no node at all is neither green nor red', { skip }, async (t) => {
  const shown = await ask(await openPage(t), 'shop.acme', 'http://127.0.0.1:9')
  assert.equal(shown.state, 'unreachable')
  assert.ok(![green, red].includes(shown.color))
})
