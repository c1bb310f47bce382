import { lookUpAddress, lookUpPair, splitHost } from '@cresset/access-client'
import { toHex, toJson } from '@cresset/core-codec'
import { type AddressView, hostName, type PairCode } from '@cresset/core-ledger'
import { formatAddress } from '@cresset/dns-wire'
import type { Command } from 'commander'
import { formatTime } from '../../amounts.ts'
import type { CommandKit } from '../../command-kit.ts'
import type { Context } from '../../context.ts'
import { describeHost } from '../../describe-host.ts'
import { AnsweredError } from '../../exit-codes.ts'
import { parseIpAddress } from '../../host-server.ts'
import { restsOnJson, restsOnLine } from '../../rests-on.ts'
import { columns } from '../../terminal/output.ts'

function describeAddress({ address, range, claims, unlisted, confirmed }: AddressView): (readonly [string, string])[] {
  const isConfirmed = (claim: { name: string; host: string }) =>
    confirmed.some(({ name, host }) => name === claim.name && host === claim.host)
  const holder = range && `${formatAddress(range.prefix)}/${range.prefixBits}, ${range.organization || 'no name given'}`
  return [
    ['address', formatAddress(address)],
    ...(range && holder
      ? ([
          ['range', holder],
          ['holder', toHex(range.holder)],
        ] as const)
      : []),
    ...confirmed.map(({ name, host }) => ['confirmed', hostName(host, name)] as const),
    ...claims
      .filter((claim) => !isConfirmed(claim))
      .map(
        ({ name, host, sinceLedgerMs }) =>
          ['claimed by', `${hostName(host, name)}, since ${formatTime(sinceLedgerMs)}`] as const,
      ),
    ...(unlisted > 0 ? [['not listed', `${unlisted} more hosts publish this address`] as const] : []),
  ]
}

const pairSentences: Record<Exclude<PairCode, 'match'>, (host: string, address: string) => string> = {
  'address-differs': (host, address) => `${host} is published, but not at ${address}`,
  'name-differs': (host, address) => `${address} is published, but not by ${host}`,
  'both-unknown': (host, address) => `neither ${host} nor ${address} is on the ledger`,
}

async function showPair(context: Context, address: Uint8Array, text: string): Promise<void> {
  const client = await context.client()
  const place = splitHost(text, client.genesis.zones)
  const host = hostName(place.host, place.name)
  const { value, rests } = await lookUpPair(client, place, address)
  const { code, published } = value
  const sentence =
    code === 'match' ? `${host} is at ${formatAddress(address)}` : pairSentences[code](host, formatAddress(address))
  context.output.result(
    { code, host, address: formatAddress(address), entry: toJson(published?.entry ?? null), rests: restsOnJson(rests) },
    [
      sentence,
      ...columns(published ? describeHost(published.entry, published.name.ledgerTimeMs) : []),
      restsOnLine(rests),
    ],
  )
  if (code !== 'match') throw new AnsweredError('not-found', code, sentence)
}

export function addressShow(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('show')
    .description('hosts that publish an address, oldest first, and those that its holder confirmed; proven complete')
    .argument('<address>', 'IPv4 or IPv6')
    .option('--host <host>', 'whether this host has the address; a code says which half differs')
  kit.add<{ host?: string }>(command, 'cresset address show 192.0.2.7', async (context, [text = ''], options) => {
    const address = parseIpAddress(text, 'the address')
    if (options.host !== undefined) return showPair(context, address, options.host)
    const { value, rests } = await lookUpAddress(await context.client(), address)
    const isUnknown = value.claims.length + value.unlisted === 0
    context.output.result(
      { ...(toJson(value) as object), address: formatAddress(address), rests: restsOnJson(rests) },
      [
        ...columns(describeAddress(value)),
        ...(isUnknown ? [`no host publishes ${formatAddress(address)}`] : []),
        restsOnLine(rests),
      ],
    )
    if (isUnknown)
      throw new AnsweredError('not-found', 'address-unknown', `no host publishes ${formatAddress(address)}`)
  })
}
