import { type AnswerJson, Client, registerName } from '@cresset/access-client'
import { randomForTests, TestNode } from '@cresset/access-http-api/testing'
import { commitCertificateCodec, finalityProofCodec, genesisToJson } from '@cresset/core-chain'
import { fromHex, toBase64Url } from '@cresset/core-codec'
import { keyPairSigner, sha256 } from '@cresset/core-crypto'
import { readName } from '@cresset/core-ledger'
import { StateTree } from '@cresset/core-state-tree'
import { openMemoryStore } from '@cresset/network-storage'

export interface SampleAnswer {
  readonly genesisJson: string
  readonly name: string
  readonly answer: AnswerJson
  /** The clock that it is fresh by. */
  readonly nowMs: number
  readonly signatures: number
  /** As it travels. */
  readonly bytes: number
}

const fillBatch = 20_000

/** What a node of four validators answers about one registered name, in a ledger with as many other entries as asked for. */
export async function sampleAnswer(entries: number): Promise<SampleAnswer> {
  const node = await TestNode.start()
  try {
    const { ledger } = node
    const clientOptions = {
      genesis: ledger.genesis,
      nodes: ['http://node.bench'],
      fetch: node.fetch,
      now: () => node.nowMs,
    }
    const client = new Client(clientOptions)
    const name = 'shop.acme'
    const signer = keyPairSigner(ledger.users[0]!)
    await registerName(client, { name, deposit: 1_000_000n, signer, randomBytes: randomForTests })
    const small = await client.queryWithAnswer((view, at) => readName(view, name, at), `/v1/names/${name}`)
    const keys = small.answer.keys.map((key) => fromHex(key))
    const view = node.application.queries.view()

    const store = openMemoryStore()
    const tree = StateTree.open(store, { prefix: Uint8Array.of(1) })
    const apply = async (version: number, changes: Parameters<StateTree['update']>[1]) => {
      const update = tree.update(version, changes)
      await store.write(update.writes)
      tree.applied(update)
      return update.root
    }
    let root = await apply(
      1,
      keys.flatMap((key) => [{ key, value: view.get(key) }]).filter(({ value }) => value !== undefined),
    )
    const filler = new Uint8Array(200)
    for (let from = 0, version = 2; from < entries; from += fillBatch, version++) {
      const count = Math.min(fillBatch, entries - from)
      const changes = Array.from({ length: count }, (_, index) => {
        const number = from + index
        return { key: sha256(Uint8Array.of(number >>> 24, number >>> 16, number >>> 8, number)), value: filler }
      })
      root = await apply(version, changes)
    }
    const decided = ledger.decide(node.application, [], node.nowMs)
    const certificate = commitCertificateCodec.decode(
      ledger.certify(decided, { stateRoot: root, receiptsRoot: sha256() }),
    )
    const { header } = decided.block
    const finality = finalityProofCodec.encode({
      engine: 'quorum',
      stateHeight: header.height,
      stateRoot: root,
      evidence: { header, certificate },
    })
    const answer: AnswerJson = {
      height: header.height,
      keys: small.answer.keys,
      proofs: keys.map((key) => toBase64Url(tree.prove(key))),
      finality: toBase64Url(finality),
    }
    return {
      genesisJson: genesisToJson(ledger.genesis),
      name,
      answer,
      nowMs: node.nowMs,
      signatures: certificate.signatures.length,
      bytes: JSON.stringify(answer).length,
    }
  } finally {
    await node.close()
  }
}
