import { utf8 } from '@cresset/core-codec'
import { accountOf, type KeyPair, sha256, signSync } from '@cresset/core-crypto'
import {
  type Action,
  type ActionBody,
  hostKeyBytes,
  registrationSigningBytes,
  sealRegistration,
} from '@cresset/core-ledger'
import { TestLedger, testKey } from '@cresset/network-application/testing'

const second = 1_000
const blockMs = second
const users = 8
/** A name begins every so many blocks; half of the blocks between two are empty. */
const blocksPerName = 6
/**
 * Names take turns: a registered name leaves an entry for good, which keeps others from replaying its past, so that ever new
 * ones would make the state grow as they should.
 */
export const labels = 120
/** Of the default parameters. */
const quantum = 14n
/** A quantum lasts one second, one block: a name lives this many blocks, and is free again before its turn comes. */
const depositQuanta = 500n
const topUpQuanta = 50n
const publishAfter = 3
const republishAfter = 63
const topUpAfter = 123
const cancelAfter = 243
/** Rarely: the ledger keeps a renewal for good. */
const turnsPerTopUp = 30

/** Top-ups in the blocks up to a height. */
export function topUpsUntil(height: number): number {
  const turns = Math.floor((height - 1 - topUpAfter) / blocksPerName)
  return turns < 0 ? 0 : Math.floor(turns / turnsPerTopUp) + 1
}

export const feeEveryBlocks = 50
/** From here on every label has had its turn, and each turn is like the one before. */
export const turnBlocks = blocksPerName * labels

/** A ledger in which what is not paid for ends within minutes. */
export function shortLivedLedger(): TestLedger {
  return new TestLedger(users, {
    feeEveryBlocks: String(feeEveryBlocks),
    // As small as it may be: a node remembers the transactions of some full blocks, so the heap is at its level sooner.
    maxBlockBytes: '65536',
    depositRatePeriod: '1s',
    maxBlockInterval: '1s',
    grace: '30s',
    releaseDelay: '20s',
  })
}

/** Blocks for a ledger whose names come and go for ever at the same pace. Each transaction of it succeeds. */
export class SteadyLoad {
  readonly #ledger: TestLedger
  readonly #sequences = new Array<number>(users).fill(0)
  readonly #reveals = new Map<number, Action>()

  constructor(ledger: TestLedger) {
    this.#ledger = ledger
  }

  /** Name of a turn; turns count from 0. */
  nameOf(turn: number): string {
    return `name${turn % labels}.acme`
  }

  timeMs(height: number): number {
    return this.#ledger.genesis.timeMs + height * blockMs
  }

  /** To be called once for each height, in order. */
  transactions(height: number): Uint8Array[] {
    const age = (height - 1) % blocksPerName
    const turn = (height - 1 - age) / blocksPerName
    if (age === 0) return [this.#sign(height, turn, this.#seal(turn))]
    if (age === 1) {
      const reveal = this.#reveals.get(turn) as Action
      this.#reveals.delete(turn)
      return [this.#sign(height, turn, reveal)]
    }
    return age === publishAfter ? this.#ofRegistered(height) : []
  }

  /** What is done with names of several ages, and a payment between two accounts. */
  #ofRegistered(height: number): Uint8Array[] {
    const turnOf = (after: number): number => (height - 1 - after) / blocksPerName
    const signed: Uint8Array[] = []
    const add = (after: number, isMeant: (turn: number) => boolean, action: (turn: number) => Action): void => {
      const turn = turnOf(after)
      if (turn >= 0 && isMeant(turn)) signed.push(this.#sign(height, turn, action(turn)))
    }
    const always = (): boolean => true
    add(publishAfter, always, (turn) => this.#publish(turn, 'first'))
    add(publishAfter, always, (turn) => {
      const to = accountOf(this.#user(turn + 1).publicKey)
      return { kind: 'transfer', body: { to, amount: 7n, memo: utf8(`turn ${turn}`) } }
    })
    add(republishAfter, always, (turn) => this.#publish(turn, 'second'))
    add(
      topUpAfter,
      (turn) => turn % turnsPerTopUp === 0,
      (turn) => ({ kind: 'topUp', body: { name: this.nameOf(turn), amount: topUpQuanta * quantum } }),
    )
    add(
      cancelAfter,
      (turn) => turn % 5 === 0,
      (turn) => ({ kind: 'cancel', body: { name: this.nameOf(turn) } }),
    )
    return signed
  }

  #user(turn: number): KeyPair {
    return this.#ledger.users[turn % users] as KeyPair
  }

  #sign(height: number, turn: number, action: Action): Uint8Array {
    const sequence = this.#sequences[turn % users] as number
    this.#sequences[turn % users] = sequence + 1
    const validUntilMs = this.timeMs(height) + 60 * second
    return this.#ledger.sign(this.#user(turn), sequence, action, { validUntilMs })
  }

  #seal(turn: number): Action {
    const owner = this.#user(turn)
    const { chainId } = this.#ledger
    const sequence = this.#sequences[turn % users] as number
    const place = { chainId, sender: accountOf(owner.publicKey), sequence }
    const [label = '', zone = ''] = this.nameOf(turn).split('.')
    const draft = {
      zone,
      label,
      primaryKey: owner.publicKey,
      certificateInformation: undefined,
      deposit: depositQuanta * quantum,
    }
    const signature = signSync(owner, registrationSigningBytes(place, draft))
    const secret = sha256(utf8(`secret ${turn}`))
    const salt = sha256(utf8(`salt ${turn}`)).slice(0, 16)
    const body = sealRegistration(place, { ...draft, signature }, { r: secret, salt })
    this.#reveals.set(turn, { kind: 'reveal', body: { sender: place.sender, sequence, secret } })
    return { kind: 'seal', body }
  }

  /** A server and a text; the second time another key, the old one staying for a minute. */
  #publish(turn: number, round: 'first' | 'second'): Action {
    const name = this.nameOf(turn)
    const host = 'www'
    const key = testKey(`host of ${name}, ${round}`)
    const message = hostKeyBytes(this.#ledger.chainId, name, host, this.#user(turn).publicKey)
    const text = utf8(`${round} of turn ${turn}`)
    const body: ActionBody<'publish'> = {
      name,
      host,
      ttlSeconds: undefined,
      servers: [
        {
          addresses: [Uint8Array.of(10, 0, 0, turn % labels)],
          publicKey: key.publicKey,
          keyProof: signSync(key, message),
          certificate: undefined,
          weight: 1,
        },
      ],
      services: [],
      recordSets: [{ type: 16, ttlSeconds: undefined, data: [Uint8Array.of(text.length, ...text)] }],
      keyOverlap: round === 'first' ? 'none' : '1m',
    }
    return { kind: 'publish', body }
  }
}
