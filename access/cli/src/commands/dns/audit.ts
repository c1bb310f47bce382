import { type Client, splitHost } from '@cresset/access-client'
import { readNodes, rolesOf } from '@cresset/core-ledger'
import { type Command, Option } from 'commander'
import { type CommandKit, wholeNumber } from '../../command-kit.ts'
import { AnsweredError, ClientError } from '../../exit-codes.ts'
import { table } from '../../terminal/output.ts'
import { withProgress } from '../../terminal/progress.ts'
import { zoneArgument } from '../zone/zone-argument.ts'
import { type Lie, writeEvidence } from './audit-evidence.ts'
import type { NameServer, ServerVerdict } from './audit-server.ts'
import type { Audited } from './audited-records.ts'
import { counted } from './remarks.ts'
import { serverOf } from './server-address.ts'

interface Options {
  readonly zone?: string
  readonly limit: number
  readonly evidence: string
}

type Verdict = ServerVerdict['kind']

interface Auditee extends NameServer {
  readonly node: string
  /** Hosts, owners and lists of keys by what the server makes of them. */
  readonly counts: Record<Verdict, number>
}

/** What is asked for can change between the proof and the answer: then both are asked for again. */
const ATTEMPTS = 3
const PAGE_NAMES = 200
/** A server that was silent so often in a row is still asked, or a liar could choose what it is asked for, but not waited for as long. */
const PATIENCE = 3
const IMPATIENT_MS = 1_000
const SHOWN_LIES = 5
/** A server that lies may do so at length. */
const SHOWN_CHARACTERS = 300

export function dnsAudit(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('audit')
    .description(
      'ask every name server of the ledger for the keys of the zones, for hosts and for record tables, and compare with what is proven',
    )
    .argument('[host...]', 'for example www.shop.acme; by default all that names have in DNS, up to --limit')
    .option('--zone <zone>', 'names of this zone only')
    .addOption(
      new Option('--limit <count>', 'names that are looked at').argParser(wholeNumber(1, 1_000_000)).default(1_000),
    )
    .option('--evidence <file>', 'where answers go that are not true', 'dns-evidence.json')
  kit.add<Options>(command, 'cresset dns audit www.shop.acme', async (context, hosts, options) => {
    const client = await context.client()
    const auditees = await nameServers(client)
    const audited = hosts.length > 0 ? await givenPlaces(client, hosts) : await listedPlaces(client, options)
    const noHost = (): ClientError => new ClientError('not-found', 'no-host', 'no host is published there')
    if (audited.length === 0) throw noHost()
    const servers = counted(auditees.length, 'name server')
    const { found, lies } = await withProgress(context.output, `asking ${servers} for ${countsText(audited)}`, () =>
      auditAll(auditees, audited),
    )
    const isMissing = hosts.length > 0 ? found.every(({ kind }) => kind === 'keys') : found.length === 0
    if (isMissing && lies.length === 0) throw noHost()
    const evidence =
      lies.length === 0 ? null : await writeEvidence(context.output, options.evidence, client.chainId, lies)
    const told = lies.slice(0, SHOWN_LIES).map(({ node, question, answered, proven, keyTags }) => {
      const signers = keyTags.length === 0 ? '' : `, signed by key ${keyTags.join(', ')}`
      return `${node} answers ${question} with ${shortened(answered) || 'nothing'}${signers}; the ledger has ${shortened(proven)}`
    })
    const more = lies.length - told.length
    context.output.result({ ...countsOf(found), servers: auditees, lies, evidence }, [
      ...table(
        ['node', 'true', 'behind', 'false', 'silent'],
        auditees.map(({ node, counts }) => [
          node,
          ...(['true', 'behind', 'false', 'silent'] as const).map((verdict) => String(counts[verdict])),
        ]),
      ),
      ...told,
      ...(more > 0 ? [`and ${counted(more, 'more false answer')}`] : []),
      lies.length === 0
        ? `${countsText(found)}: no answer differs from the ledger`
        : `${evidence === null ? '' : `${evidence} has ${counted(lies.length, 'false answer')}; `}"cresset zone sign ZONE --without NODE" takes a node's key out`,
    ])
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

/** These hosts, and the keys of their zones. */
async function givenPlaces(client: Client, hosts: readonly string[]): Promise<Audited[]> {
  const { auditedPlace, signedZones } = await import('./audited-records.ts')
  const places = hosts.map((host) => splitHost(host, client.genesis.zones))
  const zones = await signedZones(client, [...new Set(places.map(({ zone }) => zone))])
  return [...zones, ...places.map((place) => auditedPlace(client, place, 'host'))]
}

/** The keys of all zones, and what the names have that a node lists. Which names there are is its word; what they have is proven. */
async function listedPlaces(client: Client, { zone: given, limit }: Options): Promise<Audited[]> {
  const { placesOf, signedZones } = await import('./audited-records.ts')
  const zone = given === undefined ? undefined : zoneArgument(given)
  const audited = await signedZones(client, zone === undefined ? undefined : [zone])
  const query = new URLSearchParams(zone === undefined ? {} : { zone })
  for (let names = 0; names < limit; ) {
    query.set('limit', String(Math.min(PAGE_NAMES, limit - names)))
    const page = (await client.connection.first((node) => node.get(`/v1/names?${query}`))) as {
      names: string[]
      next: string | null
    }
    for (const name of page.names)
      for (const place of await placesOf(client, name, splitHost(name, client.genesis.zones).zone)) audited.push(place)
    names += page.names.length
    if (page.next === null) break
    query.set('after', page.next)
  }
  return audited
}

/** `found`: what the ledger answers for. */
async function auditAll(
  auditees: readonly Auditee[],
  audited: readonly Audited[],
): Promise<{ found: Audited[]; lies: Lie[] }> {
  const { auditServer } = await import('./audit-server.ts')
  const found: Audited[] = []
  const lies: Lie[] = []
  const silences = new Map<Auditee, number>()
  for (const one of audited) {
    // One proof for all servers, and another one where an answer differs.
    let proven = await one.prove()
    if (proven !== undefined) found.push(one)
    for (const auditee of auditees) {
      for (let attempt = 1; proven !== undefined; attempt++) {
        const silent = silences.get(auditee) ?? 0
        const waited = silent < PATIENCE ? auditee : { ...auditee, timeoutMs: IMPATIENT_MS }
        const verdict = await auditServer(waited, proven)
        silences.set(auditee, verdict.kind === 'silent' ? silent + 1 : 0)
        if (verdict.kind === 'true' || verdict.kind === 'silent' || attempt === ATTEMPTS) {
          auditee.counts[verdict.kind] += 1
          if (verdict.kind === 'false')
            lies.push(...verdict.answers.map((answer) => ({ node: auditee.node, ...answer })))
          break
        }
        proven = await one.prove()
      }
    }
  }
  return { found, lies }
}

const countsOf = (audited: readonly Audited[]): { hosts: number; owners: number; zones: number } => {
  const count = (wanted: Audited['kind']): number => audited.filter(({ kind }) => kind === wanted).length
  return { hosts: count('host'), owners: count('owner'), zones: count('keys') }
}

function countsText(audited: readonly Audited[]): string {
  const { hosts, owners, zones } = countsOf(audited)
  const texts = [
    ...(zones > 0 ? [`the keys of ${counted(zones, 'zone')}`] : []),
    ...(hosts > 0 ? [counted(hosts, 'host')] : []),
    ...(owners > 0 ? [`${counted(owners, 'owner')} in record tables`] : []),
  ]
  return texts.join(', ')
}

function shortened(records: readonly string[]): string {
  const text = records.join(', ')
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text
}
