import { open } from 'node:fs/promises'
import { type Client, splitHost } from '@cresset/access-client'
import { readName, readNodes, readPublishedHost, rolesOf } from '@cresset/core-ledger'
import { placeRecords } from '@cresset/dns-records'
import { type Command, Option } from 'commander'
import { type CommandKit, wholeNumber } from '../../command-kit.ts'
import { AnsweredError, ClientError } from '../../exit-codes.ts'
import { cannotMake } from '../../file-problem.ts'
import { table } from '../../terminal/output.ts'
import { withProgress } from '../../terminal/progress.ts'
import { zoneArgument } from '../zone/zone-argument.ts'
import type { FalseAnswer, NameServer, ServerVerdict } from './audit-server.ts'
import { counted } from './remarks.ts'
import { serverOf } from './server-address.ts'

interface Options {
  readonly zone?: string
  readonly limit: number
  readonly evidence: string
}

type HostPlace = ReturnType<typeof splitHost>
type Verdict = ServerVerdict['kind']

interface Auditee extends NameServer {
  readonly node: string
  /** Hosts by what the server makes of them. */
  readonly counts: Record<Verdict, number>
}

interface Lie extends FalseAnswer {
  readonly node: string
}

/** A host can change between the proof and the answer: then both are asked for again. */
const ATTEMPTS = 3
const PAGE_NAMES = 200
const SHOWN_LIES = 5

export function dnsAudit(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('audit')
    .description('ask every name server of the ledger for what hosts publish, and compare with what is proven')
    .argument('[host...]', 'for example www.shop.acme; by default those of all names, up to --limit')
    .option('--zone <zone>', 'names of this zone only')
    .addOption(
      new Option('--limit <count>', 'names that are looked at').argParser(wholeNumber(1, 1_000_000)).default(1_000),
    )
    .option('--evidence <file>', 'where answers go that are not true', 'dns-evidence.json')
  kit.add<Options>(command, 'cresset dns audit www.shop.acme', async (context, hosts, options) => {
    const client = await context.client()
    const auditees = await nameServers(client)
    const places =
      hosts.length > 0 ? hosts.map((host) => splitHost(host, client.genesis.zones)) : await listedHosts(client, options)
    if (places.length === 0) throw new ClientError('not-found', 'no-host', 'no host is published there')
    const lies = await withProgress(
      context.output,
      `asking ${counted(auditees.length, 'name server')} for ${counted(places.length, 'host')}`,
      () => auditAll(client, auditees, places),
    )
    if (auditees.every(({ counts }) => Object.values(counts).every((count) => count === 0)))
      throw new ClientError('not-found', 'no-host', 'no host is published there')
    if (lies.length > 0) await writeEvidence(options.evidence, client.chainId, lies)
    const told = lies.slice(0, SHOWN_LIES).map(({ node, question, answered, proven, keyTags }) => {
      const signers = keyTags.length === 0 ? '' : `, signed by key ${keyTags.join(', ')}`
      return `${node} answers ${question} with ${answered.join(', ') || 'nothing'}${signers}; the ledger has ${proven.join(', ')}`
    })
    context.output.result(
      { hosts: places.length, servers: auditees, lies, evidence: lies.length === 0 ? null : options.evidence },
      [
        ...table(
          ['node', 'true', 'behind', 'false', 'silent'],
          auditees.map(({ node, counts }) => [
            node,
            ...(['true', 'behind', 'false', 'silent'] as const).map((verdict) => String(counts[verdict])),
          ]),
        ),
        ...told,
        lies.length === 0
          ? `${counted(places.length, 'host')}: no answer differs from the ledger`
          : `${options.evidence} has ${counted(lies.length, 'false answer')}; "cresset zone sign ZONE --without NODE" takes a node's key out`,
      ],
    )
    if (lies.length > 0)
      throw new AnsweredError('not-verified', 'dns-answers-differ', 'a name server tells what the ledger does not have')
  })
}

async function nameServers(client: Client): Promise<Auditee[]> {
  const { value: nodes } = await client.query((view) => readNodes(view), '/v1/nodes')
  const auditees = nodes.flatMap(({ name, roleBits, endpoints }): Auditee[] => {
    const server = rolesOf(roleBits).includes('domain') ? serverOf(endpoints.dns) : undefined
    return server === undefined ? [] : [{ node: name, ...server, counts: { true: 0, behind: 0, false: 0, silent: 0 } }]
  })
  if (auditees.length === 0)
    throw new ClientError('not-found', 'no-name-server', 'the ledger lists no name server by its address')
  return auditees
}

/** Hosts of the names that a node lists. Which they are is its word; what they publish is proven. */
async function listedHosts(client: Client, { zone, limit }: Options): Promise<HostPlace[]> {
  const places: HostPlace[] = []
  const query = new URLSearchParams(zone === undefined ? {} : { zone: zoneArgument(zone) })
  for (let names = 0; names < limit; ) {
    query.set('limit', String(Math.min(PAGE_NAMES, limit - names)))
    const page = (await client.connection.first((node) => node.get(`/v1/names?${query}`))) as {
      names: string[]
      next: string | null
    }
    for (const name of page.names) {
      const { value } = await client.query((view, at) => readName(view, name, at), `/v1/names/${name}`)
      const hosts = value.entry?.registration?.hosts ?? []
      places.push(...hosts.map(({ host }) => splitHost(host === '' ? name : `${host}.${name}`, client.genesis.zones)))
    }
    names += page.names.length
    if (page.next === null) break
    query.set('after', page.next)
  }
  return places
}

async function auditAll(client: Client, auditees: readonly Auditee[], places: readonly HostPlace[]): Promise<Lie[]> {
  const lies: Lie[] = []
  for (const place of places) {
    for (const auditee of auditees) {
      const verdict = await audit(client, place, auditee)
      if (verdict === undefined) continue
      auditee.counts[verdict.kind] += 1
      if (verdict.kind === 'false') lies.push(...verdict.answers.map((answer) => ({ node: auditee.node, ...answer })))
    }
  }
  return lies
}

/** Undefined for a host that the ledger does not answer for (any more). */
async function audit(client: Client, place: HostPlace, server: NameServer): Promise<ServerVerdict | undefined> {
  const { auditServer } = await import('./audit-server.ts')
  const path = place.host === '' ? place.name : `${place.host}.${place.name}`
  for (let attempt = 1; ; attempt++) {
    const { value } = await client.query((view, at) => {
      const published = readPublishedHost(view, place, at)
      return published && { records: placeRecords(view, place, at), height: published.entry.height }
    }, `/v1/hosts/${path}`)
    if (value?.records.kind !== 'host') return undefined
    const verdict = await auditServer(server, { rrsets: value.records.rrsets, height: value.height })
    if (verdict.kind === 'true' || verdict.kind === 'silent' || attempt === ATTEMPTS) return verdict
  }
}

async function writeEvidence(path: string, chainId: string, lies: readonly Lie[]): Promise<void> {
  const file = await open(path, 'wx').catch(cannotMake(path))
  try {
    await file.writeFile(`${JSON.stringify({ format: 'cresset-dns-evidence-v1', chainId, lies }, undefined, 2)}\n`)
  } finally {
    await file.close()
  }
}
