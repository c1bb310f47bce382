import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { TestNode } from '@cresset/access-http-api/testing'
import { toHex, utf8 } from '@cresset/core-codec'
import { accountOf, keyPairSigner, sha256 } from '@cresset/core-crypto'
import {
  type AgreementDraft,
  agreeAction,
  decodeAgreement,
  encodeAgreement,
  listAgreements,
  mergeAgreements,
  proposeAgreement,
  signAgreement,
  standingOfParties,
} from './agreements.ts'
import type { Client } from './client.ts'
import type { ClientError } from './client-error.ts'
import { clientOf } from './testing/client-of.ts'
import { send } from './transactions.ts'

let node: TestNode
let client: Client
before(async () => {
  node = await TestNode.start()
  client = clientOf(node)
})
after(() => node.close())

const user = (index: number) => keyPairSigner(node.ledger.users[index] as (typeof node.ledger.users)[number])
const account = (index: number) => accountOf(user(index).publicKey)

function propose(words: string): Promise<AgreementDraft> {
  return proposeAgreement(client, {
    document: sha256(utf8(words)),
    title: words,
    parties: [user(0).publicKey, user(1).publicKey],
    transfers: [{ from: user(0).publicKey, to: account(2), amount: 5n }],
    validForMs: 3_600_000,
  })
}

test('copies that were signed apart are joined, carried by another account, and proven in both lists', async () => {
  const draft = await propose('first')
  const mine = await signAgreement(draft, user(0))
  const theirs = decodeAgreement(encodeAgreement(await signAgreement(draft, user(1))))
  assert.deepEqual([...standingOfParties(mine)].sort(), ['missing', 'signed'])
  const joined = mergeAgreements(mine, [theirs])
  assert.deepEqual(standingOfParties(joined), ['signed', 'signed'])
  await send(client, [user(3)], agreeAction(joined))
  await send(client, [user(3)], agreeAction(await both('second')))

  const byDocument = await listAgreements(client, { kind: 'document', of: draft.document })
  assert.equal(byDocument.value.count, 1)
  const byParty = await listAgreements(client, { kind: 'party', of: account(1) }, { limit: 1 })
  assert.equal(
    toHex(byParty.value.agreements[0]?.agreement.document ?? new Uint8Array(0)),
    toHex(sha256(utf8('second'))),
  )
  const rest = await listAgreements(client, { kind: 'party', of: account(1) }, { before: byParty.value.next, limit: 5 })
  assert.deepEqual(
    rest.value.agreements.map(({ agreement }) => toHex(agreement.document)),
    [toHex(draft.document)],
  )
  assert.equal(rest.value.next, undefined)
})

async function both(words: string): Promise<AgreementDraft> {
  return signAgreement(await signAgreement(await propose(words), user(0)), user(1))
}

test('a file that says something else than what would be signed is refused', async () => {
  const draft = await propose('third')
  const refused = (change: Partial<AgreementDraft>, code: string) =>
    assert.throws(
      () => decodeAgreement(encodeAgreement({ ...draft, ...change })),
      (error: ClientError) => error.code === code,
    )
  refused({ titleText: 'another title' }, 'agreement-title-differs')
  refused({ titleText: undefined }, 'agreement-title-differs')
  refused({ signatures: [] }, 'agreement-malformed')
  refused({ parties: [...draft.parties].reverse() }, 'agreement-parties-unordered')
  refused({ transfers: [{ from: 2, to: account(2), amount: 1n }] }, 'agreement-payer-unknown')
  assert.throws(() => decodeAgreement(Uint8Array.of(0x80)), { kind: 'usage' })
  const other = await propose('fourth')
  assert.throws(() => mergeAgreements(draft, [other]), { code: 'agreements-differ' })
  await assert.rejects(signAgreement(draft, user(5)), { code: 'no-party' })
})

test('the API wants one list and answers with its bounds', async () => {
  const get = (query: string) => node.app.inject({ url: `/v1/agreements?${query}` })
  assert.equal((await get('')).statusCode, 400)
  const hash = '00'.repeat(32)
  assert.equal((await get(`document=${hash}&party=${hash}`)).statusCode, 400)
  assert.equal((await get(`party=${hash}&limit=101`)).statusCode, 400)
  const { value } = (await get(`party=${hash}`)).json() as { value: { count: number } }
  assert.equal(value.count, 0)
})
