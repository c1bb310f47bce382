import type { Block } from '@cresset/core-chain'
import { accountOf, generateKeyPair, type KeyPair, sha256 } from '@cresset/core-crypto'
import { signTransactionSync, transactionCodec, type UnsignedTransaction } from '@cresset/core-ledger'
import type { Consortium } from './consortium.ts'
import type { Traitor } from './traitor.ts'

type Breaker = (block: Block, consortium: Consortium, traitor: Traitor) => Block

const DAY_MS = 86_400_000

function transfer(
  consortium: Consortium,
  from: KeyPair,
  block: Block,
  change: Partial<UnsignedTransaction> = {},
): Uint8Array {
  const to = accountOf((consortium.users[0] as KeyPair).publicKey)
  const unsigned: UnsignedTransaction = {
    chainId: consortium.chainId,
    signers: [from.publicKey],
    sequence: 0,
    validUntilMs: block.header.timeMs + DAY_MS / 2,
    fee: 1_000n,
    action: { kind: 'transfer', body: { to, amount: 1n, memo: new Uint8Array(0) } },
    ...change,
  }
  return signTransactionSync(unsigned, [from])
}

/** The sequence of a transaction in the block moved, with its sender's signature made anew. */
function resequenced(consortium: Consortium, bytes: Uint8Array | undefined, by: number): Uint8Array | undefined {
  if (bytes === undefined) return undefined
  const { unsigned } = transactionCodec.decode(bytes)
  const pair = consortium.users.find(
    ({ publicKey }) => Buffer.compare(publicKey, unsigned.signers[0] as Uint8Array) === 0,
  )
  if (pair === undefined || unsigned.sequence + by < 0) return undefined
  return signTransactionSync({ ...unsigned, sequence: unsigned.sequence + by }, [pair])
}

const stranger = generateKeyPair('ed25519', sha256(new TextEncoder().encode('stranger')))

function withHeader(change: (block: Block, consortium: Consortium) => Partial<Block['header']>): Breaker {
  return (block, consortium) => ({ ...block, header: { ...block.header, ...change(block, consortium) } })
}

/** Adds a transaction; undefined leaves the block as it is. */
function withTransaction(make: (block: Block, consortium: Consortium) => Uint8Array | undefined): Breaker {
  return (block, consortium, traitor) => {
    const added = make(block, consortium)
    return added === undefined ? block : traitor.withTransactions(block, [...block.transactions, added])
  }
}

const lastOf = (block: Block): Uint8Array | undefined => block.transactions.at(-1)

function flipped(bytes: Uint8Array | undefined, at: number): Uint8Array | undefined {
  if (bytes === undefined) return undefined
  const copy = bytes.slice()
  copy[at < 0 ? copy.length + at : at] = (copy.at(at) as number) ^ 1
  return copy
}

/** A block that breaks one rule each, by the name of the rule. */
export const ruleBreakers: Readonly<Record<string, Breaker>> = {
  'not decodable': withTransaction(() => Uint8Array.of(0xff, 1, 2)),
  'encoded otherwise': withTransaction((block) => {
    const last = lastOf(block)
    return last === undefined ? undefined : new Uint8Array([...last, 0])
  }),
  'signature of another message': (block, _consortium, traitor) => {
    const bad = flipped(lastOf(block), -1)
    return bad === undefined ? block : traitor.withTransactions(block, [...block.transactions.slice(0, -1), bad])
  },
  'same transaction twice': withTransaction(lastOf),
  'sequence used': withTransaction((block, consortium) => resequenced(consortium, block.transactions[0], -1)),
  'sequence too far': withTransaction((block, consortium) => resequenced(consortium, lastOf(block), 7)),
  'sender cannot pay': withTransaction((block, consortium) => transfer(consortium, stranger, block)),
  'another chain': withTransaction((block, consortium) =>
    transfer(consortium, consortium.users[1] as KeyPair, block, { chainId: 'other-0000000000000000' }),
  ),
  'no longer valid': withTransaction((block, consortium) =>
    transfer(consortium, consortium.users[1] as KeyPair, block, { validUntilMs: block.header.timeMs - 1 }),
  ),
  'valid for too long': withTransaction((block, consortium) =>
    transfer(consortium, consortium.users[1] as KeyPair, block, { validUntilMs: block.header.timeMs + 2 * DAY_MS }),
  ),
  'fee too low': withTransaction((block, consortium) =>
    transfer(consortium, consortium.users[1] as KeyPair, block, { fee: 1n }),
  ),
  'transactions not under their root': (block) => ({
    ...block,
    transactions: [...block.transactions, Uint8Array.of(1)],
  }),
  'another parent': withHeader((block) => ({ parentHash: sha256(block.header.parentHash) })),
  'another height': withHeader((block) => ({ height: block.header.height + 1 })),
  'chain of another ledger': withHeader(() => ({ chainId: 'other-0000000000000000' })),
  'unknown version': withHeader((block) => ({ protocolVersion: block.header.protocolVersion + 1 })),
  'other validators': withHeader((block) => ({ validatorsHash: sha256(block.header.validatorsHash) })),
  'other next validators': withHeader((block) => ({ nextValidatorsHash: sha256(block.header.nextValidatorsHash) })),
  'made by a stranger': withHeader(() => ({ proposer: accountOf(stranger.publicKey) })),
  'made by another member': withHeader((block, { genesis }) => {
    const accounts = genesis.nodes.map(({ identityKey }) => accountOf(identityKey))
    return {
      proposer:
        accounts.find((account) => Buffer.compare(account, block.header.proposer) !== 0) ?? block.header.proposer,
    }
  }),
  'time of long ago': withHeader(() => ({ timeMs: 1 })),
  'invented misbehaviour': (block, { genesis }, traitor) => {
    const statement = (tag: number) => ({
      blockHash: sha256(Uint8Array.of(tag)),
      stateRoot: undefined,
      receiptsRoot: undefined,
      signature: traitor.sign(Uint8Array.of(tag)),
    })
    const validator = genesis.nodes[0]?.consensusKey
    if (validator === undefined || block.header.height < 2) return block
    const [first, second] = [statement(1), statement(2)].sort((one, other) =>
      Buffer.compare(one.blockHash, other.blockHash),
    ) as [ReturnType<typeof statement>, ReturnType<typeof statement>]
    const place = { kind: 'prepare' as const, height: block.header.height - 1, view: 0 }
    return traitor.withMisbehaviour(block, [{ ...place, validator, first, second }])
  },
}

/** Filled with what is no transaction, up to what the longest block may hold. */
export function stuffed(block: Block, traitor: Traitor, maxBlockBytes: number): Block {
  const filling = new Uint8Array(60_000).fill(0x42)
  const copies = Math.floor(maxBlockBytes / filling.length) - 1
  return traitor.withTransactions(block, [...block.transactions, ...Array.from({ length: copies }, () => filling)])
}
