import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dsRdata, queryServer } from '@cresset/dns-server'
import { formatRdata, parseAbsoluteName, RecordType } from '@cresset/dns-wire'
import { parsePrefix, serveZoneFiles, type ZoneServer, type ZoneServerOptions } from '@cresset/node'
import { type Denial, Signer } from '../dns-differential/signer.ts'

export interface DelegatingZone {
  /** Of `example.org` and `secure.example.org`, which are signed. */
  readonly port: number
  /** Of `plain.example.org`, which is not signed. */
  readonly plainPort: number
  /** Of the key of `example.org`, as a record of the zone above: `example.org. IN DS …`. */
  readonly anchor: string
  stop(): Promise<void>
}

const listen = [{ host: '127.0.0.1', port: 0 }]
const below = (address: string): string => `$TTL 600
@ SOA ns hostmaster 1 3600 600 604800 300
@ NS ns
ns A 127.0.0.1
www A ${address}
`

/** What resolvers have to understand: data, wildcards, an empty non-terminal, aliases, a DNAME, zones below that are signed and not. */
const above = (signers: string): string => `$TTL 3600
@ SOA ns1 hostmaster 7 3600 600 604800 300
@ NS ns1
@ TXT "of the zone itself"
ns1 A 127.0.0.1
www A 192.0.2.80
www AAAA 2001:db8::80
www HTTPS 1 WWW alpn=h2
alias CNAME www
*.wild A 192.0.2.81
*.wild TXT "expanded"
old DNAME www
target DNAME wild
a.b.c A 192.0.2.7
mx MX 10 www
secure NS ns.secure
${signers}
ns.secure A 127.0.0.1
plain NS ns.plain
ns.plain A 127.0.0.1
`

/** Serves `example.org` and the zones below it, signed here by keys of their own in the folder. */
export async function serveDelegatingZone(
  folder: string,
  options: Partial<ZoneServerOptions> = {},
): Promise<DelegatingZone> {
  const keyFolder = join(folder, 'keys')
  return await serve(folder, { ...options, keyFolder }, async (_apex, path) => path)
}

/** The same signed beforehand by BIND's dnssec-signzone, with a chain of NSEC or NSEC3. */
export async function servePresignedZone(folder: string, denial: Denial): Promise<DelegatingZone> {
  const signer = await Signer.create(join(folder, 'signer'))
  return await serve(folder, {}, (apex, path) => signer.sign(`${apex}.`, path, denial))
}

async function serve(
  folder: string,
  options: Partial<ZoneServerOptions>,
  sign: (apex: string, path: string) => Promise<string>,
): Promise<DelegatingZone> {
  await mkdir(folder, { recursive: true })
  const file = async (name: string, text: string, signed = sign) => {
    const path = join(folder, name)
    await writeFile(path, text)
    return { apex: parseAbsoluteName(name), path: await signed(name, path) }
  }
  const secure = await file('secure.example.org', below('192.0.2.9'))
  // The key of the zone below is made before the zone above can name it.
  const first = await serveZoneFiles({ ...options, zones: [secure], listen })
  const signers = (await signersOf(first, secure.apex)).map((text) => `secure DS ${text}`)
  await first.stop()
  const zone = await file('example.org', above(signers.join('\n')))
  const transfers = { keys: [], prefixes: [parsePrefix('127.0.0.0/8')!] }
  const signed = await serveZoneFiles({ ...options, zones: [zone, secure], listen, transfers })
  const unsigned = await file('plain.example.org', below('192.0.2.10'), async (_apex, path) => path)
  const plain = await serveZoneFiles({ zones: [unsigned], listen })
  const [anchor] = await signersOf(signed, zone.apex)
  return {
    port: portOf(signed),
    plainPort: portOf(plain),
    anchor: `example.org. IN DS ${anchor}`,
    async stop() {
      await signed.stop()
      await plain.stop()
    },
  }
}

/** RDATA of the DS records that name the zone's keys. */
async function signersOf(server: ZoneServer, name: Uint8Array): Promise<string[]> {
  const asked = { name, type: RecordType.DNSKEY }
  const { answers } = await queryServer({ address: '127.0.0.1', port: portOf(server) }, asked)
  return answers.map(({ rdata }) => formatRdata(RecordType.DS, dsRdata(name, rdata)))
}

function portOf({ endpoints }: ZoneServer): number {
  return Number(endpoints[0]?.split(':')[1])
}
