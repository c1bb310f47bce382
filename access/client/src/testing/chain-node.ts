import { buildApi, type NodeBackend } from '@cresset/access-http-api'
import {
  commitCertificateCodec,
  encodeValidators,
  finalityProofCodec,
  headerCodec,
  type LightBlock,
} from '@cresset/core-chain'
import type { HeaderChain, Signing } from '@cresset/core-chain/testing'
import { concatBytes, equalBytes, utf8 } from '@cresset/core-codec'
import { merkleProof, merkleRoot, sha256 } from '@cresset/core-crypto'
import { type Receipt, receiptCodec } from '@cresset/core-ledger'
import { StateTree } from '@cresset/core-state-tree'
import { openMemoryStore } from '@cresset/network-storage'

export const presentKey = sha256(utf8('present'))
export const absentKey = sha256(utf8('absent'))
export const value = utf8('the value')

const receipt: Receipt = { code: 'ok', events: [], units: 1 }
export const transactionId = sha256(utf8('a transaction'))

/**
 * A node over a made chain whose validators change, behind the real routes of the API. The state is the same at every height, and each
 * block holds the one receipt.
 */
export class ChainNode {
  readonly chain: HeaderChain
  readonly requests: string[] = []
  /** Height that questions are answered at; the newest when not set. */
  answersAt: number | undefined
  /** What the node makes of an honest header. */
  tamper: (block: LightBlock, height: number) => LightBlock = (block) => block
  /** Heights that it names as changes of validators, in place of the true ones. */
  changes: ((honest: readonly number[]) => readonly number[]) | undefined
  signing: Signing = {}
  readonly #tree: StateTree
  readonly #stateRoot: Uint8Array
  readonly #receiptLeaf = concatBytes(transactionId, receiptCodec.encode(receipt))
  #app: Awaited<ReturnType<typeof buildApi>> | undefined

  constructor(chain: HeaderChain) {
    this.chain = chain
    const store = openMemoryStore()
    this.#tree = StateTree.open(store, { prefix: Uint8Array.of(1) })
    const update = this.#tree.update(1, [{ key: presentKey, value }])
    void store.write(update.writes)
    this.#tree.applied(update)
    this.#stateRoot = update.root
  }

  async start(): Promise<this> {
    this.#app = await buildApi(this.#backend())
    return this
  }

  async close(): Promise<void> {
    await this.#app?.close()
  }

  get #vote() {
    return { stateRoot: this.#stateRoot, receiptsRoot: merkleRoot([this.#receiptLeaf]) }
  }

  finality(height: number): Uint8Array {
    return finalityProofCodec.encode(this.chain.proof(height, { ...this.signing, vote: this.#vote }))
  }

  #backend(): NodeBackend {
    const { chain } = this
    const newest = () => this.answersAt ?? chain.height
    return {
      oldestHeight: () => 1,
      lightBlock: (height: number) => {
        if (height < 1 || height > chain.height) return undefined
        const block = this.tamper(chain.light(height, { ...this.signing, vote: this.#vote }), height)
        return {
          header: headerCodec.encode(block.header),
          certificate: commitCertificateCodec.encode(block.certificate),
          validators: encodeValidators(block.validators),
          nextValidators: encodeValidators(block.nextValidators),
        }
      },
      validatorChanges: (after: number, before: number, limit: number) => {
        const honest = chain.headers
          .filter((header) => !equalBytes(header.validatorsHash, header.nextValidatorsHash))
          .map(({ height }) => height)
          .filter((height) => height > after && height < before)
        return (this.changes?.(honest) ?? honest).slice(0, limit)
      },
      prove: (keys: readonly Uint8Array[]) => ({
        height: newest(),
        proofs: keys.map((key) => this.#tree.prove(key)),
        finality: this.finality(newest()),
      }),
      transaction: () => ({
        id: transactionId,
        height: newest(),
        index: 0,
        timeMs: chain.header(newest()).timeMs,
        bytes: new Uint8Array(1),
        receipt,
      }),
      isPending: () => false,
      transactionProof: () => ({
        receipt: receiptCodec.encode(receipt),
        index: 0,
        count: 1,
        siblings: merkleProof([this.#receiptLeaf], 0),
        finality: this.finality(newest()),
      }),
    } as unknown as NodeBackend
  }

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const { pathname, search } = new URL(url)
    this.requests.push(pathname + search)
    const answer = await this.#app!.inject({
      method: (init.method ?? 'GET') as 'GET' | 'POST',
      url: pathname + search,
      ...(init.headers ? { headers: init.headers as Record<string, string> } : {}),
      ...(typeof init.body === 'string' ? { payload: init.body } : {}),
    })
    return new Response(answer.body, { status: answer.statusCode })
  }
}
