import { planZoneKeys, signZoneKeys } from '@cresset/access-client'
import { equalBytes, toHex } from '@cresset/core-codec'
import { readZoneKeys } from '@cresset/core-ledger'
import { keyTag } from '@cresset/dns-wire'
import { type Command, Option } from 'commander'
import { formatTime } from '../../amounts.ts'
import { type CommandKit, repeated, wholeNumber } from '../../command-kit.ts'
import { ClientError, UsageError } from '../../exit-codes.ts'
import { zoneArgument } from './zone-argument.ts'
import { writeZoneKeyFile } from './zone-key-file.ts'

interface Options {
  readonly anchor: readonly string[]
  readonly add?: readonly string[]
  readonly revoke?: readonly string[]
  readonly without?: readonly string[]
  readonly ttl?: number
  readonly days: number
  readonly windows: number
  readonly out?: string
}

/** A signature holds from a little before now: clocks differ. */
const backdatedSeconds = 3_600

export function zoneSign(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('sign')
    .description("sign the keys of a zone's name servers by its anchors, for a long time in one sitting")
    .argument('<zone>', 'for example acme')
    .addOption(
      new Option('--anchor <key>', 'an anchor of the zone, which signs; repeat for more')
        .argParser(repeated)
        .makeOptionMandatory(),
    )
    .addOption(new Option('--add <key>', 'a key that becomes an anchor too').argParser(repeated))
    .addOption(
      new Option(
        '--revoke <key>',
        'an anchor on its way out (RFC 5011): it is listed as revoked, and signs that',
      ).argParser(repeated),
    )
    .addOption(
      new Option('--without <node>', 'a node whose key is left out, so that it answers for the zone no more').argParser(
        repeated,
      ),
    )
    .addOption(
      new Option('--ttl <seconds>', 'how long resolvers remember the keys (default: as before, or 3600)').argParser(
        wholeNumber(1, 604_800),
      ),
    )
    .addOption(
      new Option('--days <count>', 'how long one signature is to be used').argParser(wholeNumber(1, 45)).default(14),
    )
    .addOption(
      new Option('--windows <count>', 'signatures one after another').argParser(wholeNumber(1, 60)).default(26),
    )
    .option('--out <file>', 'where to write them (default: ZONE.keys)')
  kit.add<Options>(
    command,
    'cresset zone sign acme --anchor anchor.key --out acme.keys',
    async (context, [text = ''], options) => {
      const zone = zoneArgument(text)
      const client = await context.client()
      const anchors = await Promise.all(options.anchor.map((name) => context.signer(name)))
      const revoked = await Promise.all((options.revoke ?? []).map((name) => context.signer(name)))
      const added = await Promise.all((options.add ?? []).map((name) => context.publicKey(name)))
      const signers = [
        ...anchors,
        ...revoked.filter((key) => !anchors.some((other) => equalBytes(other.publicKey, key.publicKey))),
      ]
      const [first, ...rest] = signers
      if (first === undefined) throw new UsageError('name an anchor with --anchor')
      const { value: planned } = await client.query((view) => {
        const trusted = readZoneKeys(view, zone)?.anchors
        const planned = planZoneKeys(view, zone, {
          ...(added.length > 0 && { anchors: [...(trusted ?? []), ...added] }),
          revoked: revoked.map(({ publicKey }) => publicKey),
          without: options.without ?? [],
          ...(options.ttl !== undefined && { ttlSeconds: options.ttl }),
        })
        return planned && { ...planned, trusted: trusted ?? [] }
      }, '/v1/nodes')
      if (planned === undefined)
        throw new ClientError(
          'not-found',
          'zone-without-anchors',
          `nobody may sign the keys of ${zone} yet: propose its anchors with "cresset network propose zone-anchors"`,
        )
      if (!planned.trusted.some((key) => equalBytes(key, first.publicKey)))
        throw new UsageError(`${toHex(first.publicKey)} is no anchor of ${zone}; name one of them first`)
      const nowSeconds = Math.floor(context.environment.nowMs() / 1_000)
      const keys = await signZoneKeys(planned, [first, ...rest], {
        chainId: client.chainId,
        startSeconds: nowSeconds - backdatedSeconds,
        windowDays: options.days,
        windows: options.windows,
      })
      const out = options.out ?? `${zone}.keys`
      await writeZoneKeyFile(out, { chainId: client.chainId, keys })
      const lastMs = Math.max(...keys.signatures.map(({ untilSeconds }) => untilSeconds)) * 1_000
      const tags = keys.keys.map(keyTag)
      context.output.result(
        {
          zone,
          file: out,
          revision: keys.revision,
          keyTags: tags,
          signatures: keys.signatures.length,
          untilMs: lastMs,
        },
        [
          `${zone}: ${keys.keys.length} keys (tags ${tags.join(', ')}) as revision ${keys.revision}, signed until ${formatTime(lastMs)}`,
          `${out} holds ${keys.signatures.length} signatures; keep it to yourself`,
          `to publish what is due, now and every two weeks: cresset zone publish ${out}`,
        ],
      )
    },
  )
}
