import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { KeyPair } from '@cresset/core-crypto'
import { type DnsServer, type NotifyTarget, queryServer, serveDns, soaSerial, TsigKey } from '@cresset/dns-server'
import { parseAbsoluteName, RecordType } from '@cresset/dns-wire'
import { type DnsPlane, type SignedNetwork, ZoneTransfers } from '@cresset/node/testing'

export const apex = parseAbsoluteName('acme')

export interface LedgerPrimaryOptions {
  readonly network: SignedNetwork
  /** By which it signs. */
  readonly nodeKey: KeyPair
  /** Who may take zones. */
  readonly keys: readonly TsigKey[]
  readonly notify: readonly NotifyTarget[]
  /** Free for UDP and TCP. */
  readonly port: number
  /** Where the catalog's serial is kept. */
  readonly folder: string
  /** With their lower-case wire names. */
  readonly catalog?: Uint8Array
  readonly zones?: readonly Uint8Array[]
}

/** A node's name server with what it gives to secondaries, over a ledger without agreement. */
export class LedgerPrimary {
  readonly plane: DnsPlane
  readonly transfers: ZoneTransfers
  readonly #options: LedgerPrimaryOptions
  #server: DnsServer | undefined

  private constructor(options: LedgerPrimaryOptions, plane: DnsPlane, transfers: ZoneTransfers) {
    this.#options = options
    this.plane = plane
    this.transfers = transfers
  }

  static async open(options: LedgerPrimaryOptions): Promise<LedgerPrimary> {
    const { network, nodeKey, keys, notify, folder, catalog, zones } = options
    const plane = network.plane([nodeKey])
    const rules = { keys, prefixes: [] }
    const transfers = await ZoneTransfers.open({ plane, rules, notify, catalog, zones, folder, intervalMs: 20 })
    const primary = new LedgerPrimary(options, plane, transfers)
    await primary.connect()
    return primary
  }

  /** Is there again, where it was. */
  async connect(): Promise<void> {
    const { port } = this.#options
    const transfers = this.transfers.serving
    this.#server = await serveDns({ address: '127.0.0.1', port, source: this.plane.source, transfers })
    // Whatever changed meanwhile was told to nobody.
    await this.transfers.update()
  }

  /** Nobody reaches it; it goes on following the ledger. */
  async disconnect(): Promise<void> {
    await this.#server?.close()
    this.#server = undefined
  }

  async close(): Promise<void> {
    await this.disconnect()
    await this.transfers.close()
  }
}

export async function serialAt(port: number, name = apex): Promise<number | undefined> {
  try {
    const { answers } = await queryServer(
      { address: '127.0.0.1', port },
      { name, type: RecordType.SOA, timeoutMs: 2_000 },
    )
    const soa = answers.find(({ type }) => type === RecordType.SOA)
    return soa && soaSerial(soa.rdata)
  } catch {
    return undefined
  }
}

/** All records of a zone as a server gives them away, one a line, sorted; the SOA stands first, as a zone file wants it. */
export async function transferred(port: number, zone: string, key: string): Promise<string[]> {
  const options = ['+tries=1', '+onesoa', '+noall', '+answer', '-y', key]
  const text = await run('dig', ['@127.0.0.1', '-p', `${port}`, ...options, zone, 'AXFR'])
  const lines = text.output.split('\n').filter((line) => line !== '' && !line.startsWith(';') && !/\sTSIG\s/.test(line))
  const isSoa = (line: string): boolean => /\sIN\s+SOA\s/.test(line)
  const plain = lines.map((line) => line.replace(/\s+/g, ' '))
  return [...plain.filter(isSoa), ...plain.filter((line) => !isSoa(line)).sort()]
}

export function run(program: string, given: readonly string[]): Promise<{ status: number; output: string }> {
  return new Promise((resolve) => {
    execFile(program, given, { maxBuffer: 2 ** 28, timeout: 60_000 }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
      resolve({ status, output: stdout + stderr })
    })
  })
}

const WAIT_MS = 30_000
const secretBytes = new Uint8Array(32).fill(3)
/** Of the key by which these tests transfer, in base64. */
export const secret = Buffer.from(secretBytes).toString('base64')
export const transferKey = new TsigKey(parseAbsoluteName('transfer'), 'hmac-sha256', secretBytes)
/** As dig takes it. */
export const digKey = `hmac-sha256:transfer:${secret}`

export async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'cresset-ledger-secondaries-'))
  try {
    await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Waits until something is there; fails with what the servers logged. */
export async function until(what: string, isThere: () => Promise<boolean>, log: () => string): Promise<void> {
  const deadlineMs = Date.now() + WAIT_MS
  while (!(await isThere())) {
    if (Date.now() > deadlineMs) assert.fail(`${what} did not come\n${log().slice(-6_000)}`)
    await pause(20)
  }
}
