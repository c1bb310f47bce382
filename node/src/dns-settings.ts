import { MAX_SLIP, type Prefix, parseNotifyTarget, parsePrefix } from '@cresset/dns-server'
import { lowerCaseName, parseAbsoluteName, WireError } from '@cresset/dns-wire'
import { type Listen, listenFromText } from './folder/listen.ts'
import type { TransferSettings } from './zone-transfers/transfer-settings.ts'

/** How a node's name server is guarded, watched and spoken to: in `node.json` under `dns`, by options, and named as those of `cresset dns serve`. */
export interface DnsSettings extends TransferSettings {
  /** Greatest UDP response in bytes. Default 1232. */
  readonly maxUdpSize?: number
  /** Told to clients that ask who answers. Default: the name of the node. */
  readonly nsid?: string
  /** Where proxies pass on queries of others, and which ones may. */
  readonly proxyListen?: readonly Listen[]
  readonly proxyFrom?: readonly Prefix[]
  /** Responses a second by UDP, to one network and of one kind; 0: as many as come. Default: 200 where others than this machine can ask. */
  readonly rateLimit?: number
  /** Each so-manieth of those over the limit goes out truncated. Default 2. */
  readonly rateLimitSlip?: number
  /** Path of a file with a line of JSON for each query, or `-`. */
  readonly queryLog?: string
  readonly queryLogSample?: number
  /** Path of the socket for this user's `cresset dns zone`, `key` and `stats`. */
  readonly control?: string
}

const numbers = {
  maxUdpSize: [512, 65_535],
  rateLimit: [0, 1_000_000],
  rateLimitSlip: [0, MAX_SLIP],
  queryLogSample: [1, 1_000_000],
} as const
const paths = ['queryLog', 'control'] as const
const MAX_PLACES = 64
const transferFields = ['tsigKey', 'allowTransfer', 'notify', 'catalog', 'transferZone'] as const
const fields = [...Object.keys(numbers), ...paths, 'nsid', 'proxyListen', 'proxyFrom', ...transferFields]

/** Throws what `fail` throws, which is told the field, `` for all of them, and what is wrong. */
export function readDnsSettings(value: unknown, fail: (field: string, problem: string) => never): DnsSettings {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail('', 'expected an object')
  const given = value as Readonly<Record<string, unknown>>
  for (const field of Object.keys(given))
    if (!fields.includes(field)) fail(field.slice(0, 64), `there is no such setting; there are ${fields.join(', ')}`)
  const read: Record<string, unknown> = {}
  for (const [field, [least, most]] of Object.entries(numbers)) {
    const number = given[field]
    if (number === undefined) continue
    const isIn = Number.isSafeInteger(number) && (number as number) >= least && (number as number) <= most
    read[field] = isIn ? number : fail(field, `give a whole number from ${least} to ${most}`)
  }
  for (const field of paths) {
    const path = given[field]
    if (path !== undefined) read[field] = typeof path === 'string' && path !== '' ? path : fail(field, 'give a path')
  }
  const { nsid } = given
  if (nsid !== undefined) {
    const isText = typeof nsid === 'string' && /^[\x20-\x7e]{1,64}$/.test(nsid)
    read.nsid = isText ? nsid : fail('nsid', 'give 1 to 64 printable ASCII characters')
  }
  const listOf = <T>(field: string, parse: (text: string) => T | undefined, expected: string): readonly T[] => {
    const list = given[field] ?? []
    if (!Array.isArray(list) || list.length > MAX_PLACES) return fail(field, `give a list of up to ${MAX_PLACES}`)
    return list.map((text: unknown) => {
      const parsed = typeof text === 'string' ? parse(text) : undefined
      return parsed ?? fail(field, `${JSON.stringify(text)}: ${expected}`)
    })
  }
  const proxyListen = listOf('proxyListen', listenFromText, 'give an address and a port, such as 127.0.0.1:5398')
  const proxyFrom = listOf('proxyFrom', parsePrefix, 'give an address or a prefix, such as 192.0.2.0/24')
  if (proxyListen.length > 0 !== proxyFrom.length > 0)
    fail(
      proxyListen.length > 0 ? 'proxyListen' : 'proxyFrom',
      'where proxies ask, and which ones may, belong together: give both',
    )
  const nameRule = 'give a domain name'
  const tsigKey = listOf('tsigKey', (text) => text || undefined, 'give the path of a file as tsig-keygen writes it')
  const allowTransfer = listOf('allowTransfer', parsePrefix, 'give an address or a prefix, such as 192.0.2.0/24')
  const targetRule = 'give an address, such as 192.0.2.53, 192.0.2.53:5300 or KEY@192.0.2.53'
  const notify = listOf('notify', parseNotifyTarget, targetRule)
  const transferZone = listOf('transferZone', wireName, nameRule)
  const catalog = given.catalog === undefined ? undefined : (wireName(given.catalog) ?? fail('catalog', nameRule))
  return {
    ...read,
    ...(proxyListen.length > 0 && { proxyListen, proxyFrom }),
    ...(tsigKey.length > 0 && { tsigKey }),
    ...(allowTransfer.length > 0 && { allowTransfer }),
    ...(notify.length > 0 && { notify }),
    ...(transferZone.length > 0 && { transferZone }),
    ...(catalog !== undefined && { catalog }),
  }
}

function wireName(text: unknown): Uint8Array | undefined {
  try {
    return typeof text === 'string' ? lowerCaseName(parseAbsoluteName(text)) : undefined
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

const options = {
  'max-udp-size': 'maxUdpSize',
  nsid: 'nsid',
  'proxy-listen': 'proxyListen',
  'proxy-from': 'proxyFrom',
  'rate-limit': 'rateLimit',
  'rate-limit-slip': 'rateLimitSlip',
  'query-log': 'queryLog',
  'query-log-sample': 'queryLogSample',
  control: 'control',
  'tsig-key': 'tsigKey',
  'allow-transfer': 'allowTransfer',
  notify: 'notify',
  catalog: 'catalog',
  'transfer-zone': 'transferZone',
} as const satisfies Record<string, keyof DnsSettings>
const repeatable = ['proxy-listen', 'proxy-from', 'tsig-key', 'allow-transfer', 'notify', 'transfer-zone']

/** What options say, as text; those of places may be given several times. */
export type DnsOptionTexts = { readonly [K in keyof typeof options]?: string | readonly string[] | undefined }

/** The same options for `parseArgs` of node:util. */
export const dnsParseOptions = Object.fromEntries(
  Object.keys(options).map((name) => [name, { type: 'string' as const, multiple: repeatable.includes(name) }]),
)

/** The settings that options give; none of them is undefined. Throws what `fail` throws, which is told the option and what is wrong. */
export function dnsSettingsFromOptions(
  texts: DnsOptionTexts,
  fail: (flag: string, problem: string) => never,
): DnsSettings {
  const values: Partial<Record<keyof DnsSettings, unknown>> = {}
  for (const [name, field] of Object.entries(options)) {
    const text = texts[name as keyof typeof options]
    if (text === undefined) continue
    values[field] = field in numbers && typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : text
  }
  const flagOf = (field: string): string => Object.entries(options).find(([, known]) => known === field)?.[0] ?? field
  return readDnsSettings(values, (field, problem) => fail(`--${flagOf(field)}`, problem))
}
