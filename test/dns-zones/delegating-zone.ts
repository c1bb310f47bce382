import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatRdata, parseAbsoluteName, RecordType } from '@cresset/dns-wire'
import { parsePrefix, serveZoneFiles, type ZoneServer, type ZoneServerOptions } from '@cresset/node'

export interface DelegatingZone {
  /** Of `example.org` and `secure.example.org`, signed here. */
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

/** Serves `example.org` and the zones below it, with keys of their own in the folder. */
export async function serveDelegatingZone(
  folder: string,
  options: Partial<ZoneServerOptions> = {},
): Promise<DelegatingZone> {
  await mkdir(folder, { recursive: true })
  const keyFolder = join(folder, 'keys')
  const file = async (name: string, text: string) => {
    const path = join(folder, name)
    await writeFile(path, text)
    return { apex: parseAbsoluteName(name), path }
  }
  const secure = await file('secure.example.org', below('192.0.2.9'))
  // The key of the zone below is made before the zone above can name it.
  const first = await serveZoneFiles({ ...options, zones: [secure], listen: [], keyFolder })
  const signers = signersOf(first).map((text) => `secure DS ${text}`)
  await first.stop()
  const zones = [await file('example.org', above(signers.join('\n'))), secure]
  const transfers = { keys: [], prefixes: [parsePrefix('127.0.0.0/8')!] }
  const signed = await serveZoneFiles({ ...options, zones, listen, keyFolder, transfers })
  const plain = await serveZoneFiles({ zones: [await file('plain.example.org', below('192.0.2.10'))], listen })
  const [anchor] = signersOf(signed)
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

/** RDATA of the DS of its first zone. */
function signersOf({ loads }: ZoneServer): string[] {
  return (loads[0]?.result?.signers ?? []).map((rdata) => formatRdata(RecordType.DS, rdata))
}

function portOf({ endpoints }: ZoneServer): number {
  return Number(endpoints[0]?.split(':')[1])
}
