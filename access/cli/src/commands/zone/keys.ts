import { describeZoneKeys, zoneSignatureProblem } from '@cresset/access-client'
import { toHex } from '@cresset/core-codec'
import { activeZoneKeys, readZoneKeys } from '@cresset/core-ledger'
import { readRrsig } from '@cresset/dns-wire'
import type { Command } from 'commander'
import { formatTime } from '../../amounts.ts'
import type { CommandKit } from '../../command-kit.ts'
import { ClientError } from '../../exit-codes.ts'
import { restsOnJson, restsOnLine } from '../../rests-on.ts'
import { table } from '../../terminal/output.ts'
import { zoneArgument } from './zone-argument.ts'

const algorithms: Readonly<Record<number, string>> = { 13: 'ECDSAP256SHA256', 15: 'ED25519' }

export function zoneKeys(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('keys')
    .description(
      'what signs a zone of the ledger, proven: each key with its state, and how long the signatures over them hold',
    )
    .argument('<zone>', 'for example acme')
  kit.add(command, 'cresset zone keys acme', async (context, [text = '']) => {
    const zone = zoneArgument(text)
    const client = await context.client()
    const { value, rests } = await client.query((view, at) => {
      const entry = readZoneKeys(view, zone)
      const keys = describeZoneKeys(view, zone, at.timeMs)
      return entry && { entry, keys, next: entry.set && activeZoneKeys(entry.set, at.timeMs).nextMs }
    }, '/v1/nodes')
    if (value === undefined || value.entry.anchors.length === 0)
      throw new ClientError('not-found', 'zone-unsigned', `${zone} is not signed: no anchors were agreed on`)
    const { entry, keys = [], next } = value
    const signatures = entry.set?.signatures ?? []
    const untilMs = lastEnd(signatures)
    const problem = zoneSignatureProblem(zone, signatures, Math.floor(context.environment.nowMs() / 1_000))
    if (problem !== undefined) context.output.warn(problem)
    context.output.result(
      {
        zone,
        anchors: entry.anchors.map(toHex),
        revision: entry.revision,
        ttlSeconds: entry.set?.ttlSeconds,
        keys: keys.map(({ dnskey, ...key }) => ({ ...key, dnskey: toHex(dnskey) })),
        signaturesUntilMs: untilMs,
        nextChangeMs: next,
        problem: problem ?? null,
        rests: restsOnJson(rests),
      },
      [
        ...(entry.set === undefined
          ? [`${zone}: an anchor is agreed on and has signed nothing yet`]
          : [
              ...table(
                ['tag', 'state', 'node', 'algorithm', 'since'],
                keys.map(({ tag, state, node, dnskey, sinceMs }) => [
                  String(tag),
                  state,
                  node ?? '',
                  algorithms[dnskey[3] as number] ?? '',
                  formatTime(sinceMs),
                ]),
              ),
              `revision ${entry.revision}, TTL ${entry.set.ttlSeconds} s, signatures until ${formatTime(untilMs ?? 0)}`,
            ]),
        ...(next === undefined ? [] : [`a key that waits begins to sign at ${formatTime(next)}`]),
        restsOnLine(rests),
      ],
    )
  })
}

function lastEnd(signatures: readonly Uint8Array[]): number | undefined {
  const ends = signatures.flatMap((rdata) => readRrsig(rdata)?.expiration ?? [])
  return ends.length === 0 ? undefined : Math.max(...ends) * 1_000
}
