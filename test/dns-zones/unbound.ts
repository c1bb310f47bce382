import { spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { relayQuery } from '@cresset/dns-server'
import { buildQuery, formatRcode, type Message, parseAbsoluteName, RecordType } from '@cresset/dns-wire'
import { end, freePort } from './secondary-servers.ts'

export interface UnboundSettings {
  /** Its own; made when it is not there. */
  readonly folder: string
  /** A DS or DNSKEY record that it trusts, if that does not come from elsewhere. */
  readonly anchor?: string
  /** Where it asks about each zone: ports of its servers. */
  readonly stubs: Readonly<Record<string, number | readonly number[]>>
  /** More lines of `server:`. */
  readonly more?: readonly string[]
}

/** What it answers, and what it makes of it. */
export interface Resolved {
  readonly rcode: string
  /** AD: it has validated all of it. */
  readonly isSecure: boolean
  readonly message: Message
}

const CHECKING_DISABLED = 0x10
const START_MS = 30_000
const ANSWER_MS = 20_000

/** A validating resolver (NLnet Labs' unbound) with all that makes it strict. */
export class Unbound {
  readonly #port: number
  readonly #ended: () => boolean
  readonly log: () => string
  readonly stop: () => Promise<void>

  private constructor(port: number, ended: () => boolean, log: () => string, stop: () => Promise<void>) {
    this.#port = port
    this.#ended = ended
    this.log = log
    this.stop = stop
  }

  static async start({ folder, anchor, stubs, more = [] }: UnboundSettings): Promise<Unbound> {
    await mkdir(folder, { recursive: true })
    const port = await freePort()
    const hardened = 'glue short-bufsize large-queries dnssec-stripped below-nxdomain referral-path algo-downgrade'
    const lines = [
      'server:',
      `  interface: 127.0.0.1@${port}`,
      `  directory: "${folder}"`,
      ...['chroot', 'username', 'pidfile', 'logfile'].map((option) => `  ${option}: ""`),
      ...['do-daemonize: no', 'use-syslog: no', 'num-threads: 1', 'do-ip6: no', 'do-not-query-localhost: no'].map(
        (line) => `  ${line}`,
      ),
      ...['module-config: "validator iterator"', 'val-log-level: 2', 'aggressive-nsec: yes'].map((line) => `  ${line}`),
      ...hardened.split(' ').map((option) => `  harden-${option}: yes`),
      ...(anchor === undefined ? [] : [`  trust-anchor: "${anchor}"`]),
      ...more.map((line) => `  ${line}`),
      ...['remote-control:', '  control-enable: no'],
      ...Object.entries(stubs).flatMap(([zone, ports]) => [
        ...['stub-zone:', `  name: "${zone}"`],
        ...[ports].flat().map((stubPort) => `  stub-addr: 127.0.0.1@${stubPort}`),
      ]),
    ]
    const path = join(folder, 'unbound.conf')
    await writeFile(path, `${lines.join('\n')}\n`)
    const child = spawn('unbound', ['-d', '-c', path], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text))
    child.once('error', (error) => (said += `${error.message}\n`))
    const unbound = new Unbound(
      port,
      () => child.exitCode !== null || child.pid === undefined,
      () => said,
      () => end(child),
    )
    await unbound.#ready()
    return unbound
  }

  /** A question such as `www.example.org A`. With `cd` it is told not to check. */
  async ask(question: string, { cd = false } = {}): Promise<Resolved> {
    const [name, type] = question.split(' ') as [string, keyof typeof RecordType]
    const asked = {
      id: 0,
      name: parseAbsoluteName(name),
      type: RecordType[type],
      recursionDesired: true,
      dnssecOk: true,
    }
    const query = buildQuery(asked)
    if (cd) query[3] = (query[3] as number) | CHECKING_DISABLED
    const { message } = await relayQuery({ address: '127.0.0.1', port: this.#port }, query, 'udp', ANSWER_MS)
    return { rcode: formatRcode(message.rcode), isSecure: message.flags.authenticData, message }
  }

  /** Until it answers at all; there is no event for that. */
  async #ready(): Promise<void> {
    const untilMs = Date.now() + START_MS
    for (;;) {
      try {
        // It has this name itself.
        await this.ask('localhost A')
        return
      } catch (error) {
        if (this.#ended() || Date.now() > untilMs)
          throw new Error(`unbound does not answer: ${this.log()}`, { cause: error })
        await pause(50)
      }
    }
  }
}
