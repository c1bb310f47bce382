import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chainIdOf } from '@cresset/core-chain'
import { accountOf, generateKeyPair, type KeyPair, sha256 } from '@cresset/core-crypto'
import { signedLength, signTransactionSync, type UnsignedTransaction } from '@cresset/core-ledger'
import { freePorts } from '../folder/free-ports.ts'
import { type InitializedConsortium, initConsortium } from '../folder/init-consortium.ts'
import { readNodeFolder } from '../folder/read-node-folder.ts'
import type { NodeConfiguration } from '../node-configuration.ts'
import { type RunningNode, startNode } from '../start-node.ts'

/** Four nodes in this process, over TLS on loopback, with stores on the disk. */
export class TestNetwork {
  readonly folder: string
  readonly consortium: InitializedConsortium
  readonly user: KeyPair
  readonly nodes: (RunningNode | undefined)[] = []
  #sequence = 0

  private constructor(folder: string, consortium: InitializedConsortium, user: KeyPair) {
    this.folder = folder
    this.consortium = consortium
    this.user = user
  }

  static async create(sets: Readonly<Record<string, string>> = {}): Promise<TestNetwork> {
    const folder = await mkdtemp(join(tmpdir(), 'cresset-node-'))
    const user = generateKeyPair('ed25519', sha256(new TextEncoder().encode('user')))
    const port = await freePorts(20_000 + Math.floor(Math.random() * 10_000), 12)
    const consortium = await initConsortium({
      dir: join(folder, 'consortium'),
      name: 'test',
      zones: ['test'],
      validators: 4,
      sets,
      fund: [{ account: accountOf(user.publicKey), amount: 1_000_000_000n }],
      nowMs: Date.now(),
      firstPorts: { agreement: port, api: port + 4, dns: port + 8 },
    })
    return new TestNetwork(folder, consortium, user)
  }

  configuration(index: number): Promise<NodeConfiguration> {
    return readNodeFolder(this.consortium.paths.node(this.consortium.nodes[index]!).folder)
  }

  async start(index: number, over: Partial<NodeConfiguration> = {}): Promise<RunningNode> {
    const node = await startNode({ ...(await this.configuration(index)), logLevel: 'silent', ...over })
    this.nodes[index] = node
    return node
  }

  async startAll(): Promise<RunningNode[]> {
    return Promise.all([0, 1, 2, 3].map((index) => this.start(index)))
  }

  async stop(index: number): Promise<void> {
    await this.nodes[index]?.stop()
    this.nodes[index] = undefined
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node?.stop()))
    await rm(this.folder, { recursive: true })
  }

  transfer(): Uint8Array {
    const to = sha256(new Uint8Array(1))
    const unsigned: UnsignedTransaction = {
      chainId: chainIdOf(this.consortium.genesis),
      signers: [this.user.publicKey],
      sequence: this.#sequence++,
      validUntilMs: Date.now() + 3_600_000,
      fee: 10_000n,
      action: { kind: 'transfer', body: { to, amount: 1n, memo: new Uint8Array(0) } },
    }
    if (signedLength(unsigned) > 9_000) throw new Error('the fee offered does not cover a transfer')
    return signTransactionSync(unsigned, [this.user])
  }

  /** Sends a transfer to a node and waits for its receipt there. */
  async send(index: number, timeoutMs = 120_000): Promise<{ height: number; code: string }> {
    const { application } = this.nodes[index]!
    const { code, id } = application.checkTx(this.transfer())
    if (code !== 'ok') throw new Error(`refused: ${code}`)
    const found = await application.awaitReceipt(id, timeoutMs)
    if (found === undefined)
      throw new Error(`no receipt within ${timeoutMs} ms; ${JSON.stringify(this.nodes[index]!.status().problems)}`)
    return { height: found.height, code: found.receipt.code }
  }

  /** Waits until a condition holds, or fails with what it should have been. */
  async until(what: string, holds: () => boolean, timeoutMs = 120_000): Promise<void> {
    const endMs = Date.now() + timeoutMs
    while (!holds()) {
      if (Date.now() > endMs) throw new Error(`not within ${timeoutMs} ms: ${what}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}
