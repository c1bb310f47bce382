import { type Genesis, type Trust, trustFromGenesis } from '@cresset/core-chain'
import { fromHex, toHex } from '@cresset/core-codec'
import {
  type AddressView,
  hostName,
  type NameView,
  type PublishedHost,
  readAccount,
  readAddress,
  readName,
  readPublishedHost,
} from '@cresset/core-ledger'
import { parseAddress } from '@cresset/dns-wire'
import type { ClientClock, RestsOn } from './answer.ts'
import { type Client, type Proven, type Read, verifyPastQuery } from './client.ts'
import { ClientError, notVerified } from './client-error.ts'
import { type NodeConnection, provingNode } from './http.ts'
import { parseName, splitHost } from './names.ts'
import { type ProvenReceipt, verifyReceipt } from './receipt.ts'
import { parseAccount } from './transactions.ts'

/** What can be proven and kept. */
export const proofKinds = ['name', 'host', 'account', 'address', 'transaction'] as const
export type ProofKind = (typeof proofKinds)[number]

/** A proof to keep or to hand on, as JSON: whoever has genesis checks it without any node. */
export interface ProofFile {
  readonly format: typeof proofFormat
  readonly chainId: string
  readonly kind: ProofKind
  /** The name, host, account, address or transaction, as people write it. */
  readonly of: string
  /** An answer with its proofs, or the proof of a receipt. */
  readonly proof: unknown
}

const proofFormat = 'cresset-proof-v1'

export interface ProvenEntry {
  readonly kind: ProofKind
  readonly of: string
  /** What stood on the ledger at the height that `rests` names; undefined: proven to be absent. */
  readonly value: unknown
  readonly rests: RestsOn
}

interface Question {
  /** In the ledger's spelling. */
  readonly of: string
  readonly read: Read<NameView | PublishedHost | ReturnType<typeof readAccount> | AddressView | undefined>
  readonly hint: string
}

function questionOf(kind: Exclude<ProofKind, 'transaction'>, text: string, zones: readonly string[]): Question {
  switch (kind) {
    case 'name': {
      const name = parseName(text, zones)
      return { of: name, read: (view, at) => readName(view, name, at), hint: `/v1/names/${name}` }
    }
    case 'host': {
      const place = splitHost(text, zones)
      const of = hostName(place.host, place.name)
      return { of, read: (view, at) => readPublishedHost(view, place, at), hint: `/v1/hosts/${of}` }
    }
    case 'account': {
      const account = parseAccount(text)
      const of = toHex(account)
      return { of, read: (view) => readAccount(view, account), hint: `/v1/accounts/${of}` }
    }
    case 'address': {
      const address = parseAddress(text)
      if (address === undefined) throw new ClientError('usage', 'bad-address', `"${text}" is not an IP address`)
      return { of: text, read: (view) => readAddress(view, address), hint: `/v1/addresses/${toHex(address)}` }
    }
  }
}

function transactionIdOf(text: string): Uint8Array {
  if (/^[0-9a-f]{64}$/.test(text)) return fromHex(text)
  throw new ClientError('usage', 'bad-transaction', `"${text}" is not a transaction id (64 hex digits)`)
}

interface KeptProof {
  readonly file: ProofFile
  readonly entry: ProvenEntry
}

/** Asks for the proof of one thing, checks it, and gives it in the form that is kept. @throws ClientError */
export async function fetchProof(client: Client, kind: ProofKind, of: string): Promise<KeptProof> {
  const { chainId, genesis } = client
  if (kind === 'transaction') {
    const id = transactionIdOf(of)
    const prove = async (node: NodeConnection): Promise<KeptProof> => {
      const answer = (await provingNode(node, ['not-found']).get(`/v1/transactions/${of}?proof=true`)) as {
        status?: unknown
        proof?: unknown
      }
      if (answer.status !== 'final')
        throw new ClientError('not-final', 'pending', `transaction ${of} waits for a block`)
      const { proof } = answer
      const finality = (proof as { finality?: unknown } | undefined)?.finality
      const proven = await client.past(node, finality, (trust) => verifyReceipt(id, proof, trust, client.clock))
      return { file: { format: proofFormat, chainId, kind, of, proof }, entry: entryOf(kind, of, proven) }
    }
    return client.connection.first(prove, { also: ['not-found', 'not-final'] })
  }
  const question = questionOf(kind, of, genesis.zones)
  const { value, rests, answer } = await client.queryWithAnswer(question.read, question.hint)
  const file = { format: proofFormat, chainId, kind, of: question.of, proof: answer } as const
  return { file, entry: entryOf(kind, question.of, { value, rests }) }
}

function entryOf(kind: ProofKind, of: string, proven: Proven<unknown> | ProvenReceipt): ProvenEntry {
  const value = 'receipt' in proven ? proven.receipt : proven.value
  return { kind, of, value, rests: proven.rests }
}

/**
 * Checks a kept proof by genesis alone, or by later trust. It says what stood on the ledger then; what stands there now only a node
 * can tell. Pure.
 * @throws ClientError `not-verified`
 */
export function checkProof(
  file: unknown,
  genesis: Genesis,
  clock: ClientClock,
  trust: Trust = trustFromGenesis(genesis),
): ProvenEntry {
  const { format, chainId, kind, of, proof } = (file ?? {}) as Partial<ProofFile>
  if (
    format !== proofFormat ||
    typeof of !== 'string' ||
    of.length > 300 ||
    !proofKinds.some((known) => known === kind)
  )
    throw notVerified('bad-proof-file', 'this is not a proof in the form of this release')
  if (chainId !== trust.chainId)
    throw notVerified(
      'wrong-chain',
      `the proof is of the ledger ${String(chainId).slice(0, 100)}, not of ${trust.chainId}`,
    )
  if (kind === 'transaction') return entryOf(kind, of, verifyReceipt(transactionIdOf(of), proof, trust, clock))
  const question = questionOf(kind as Exclude<ProofKind, 'transaction'>, of, genesis.zones)
  return entryOf(kind as ProofKind, question.of, verifyPastQuery(proof, question.read, trust, clock))
}
