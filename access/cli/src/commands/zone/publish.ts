import { publishZoneKeys } from '@cresset/access-client'
import { equalBytes } from '@cresset/core-codec'
import { readZoneKeys, type ZoneKeySet } from '@cresset/core-ledger'
import type { Command } from 'commander'
import { formatTime } from '../../amounts.ts'
import type { CommandKit } from '../../command-kit.ts'
import { ClientError, UsageError } from '../../exit-codes.ts'
import { sendOrWrite } from '../../offline.ts'
import { addSendingOptions, printSent, type SendingOptions } from '../../sending.ts'
import { readZoneKeyFile } from './zone-key-file.ts'

export function zonePublish(parent: Command, kit: CommandKit): void {
  const command = addSendingOptions(
    parent
      .command('publish')
      .description(
        'bring the keys of a zone to the ledger, with those of their signatures that are due; anybody may pay',
      )
      .argument('<file>', 'as "zone sign" wrote it'),
  )
  kit.add<SendingOptions>(
    command,
    'cresset zone publish acme.keys --key alice.key',
    async (context, [path = ''], options) => {
      const { chainId, keys } = await readZoneKeyFile(path)
      const client = await context.client()
      if (chainId !== client.chainId) throw new UsageError(`${path} is for another ledger, ${chainId}`)
      const nowSeconds = Math.floor(context.environment.nowMs() / 1_000)
      const action = publishZoneKeys(keys, nowSeconds)
      if (action?.kind !== 'setZoneKeys')
        throw new ClientError(
          'refused',
          'zone-signatures-ended',
          `all signatures of ${path} have ended: sign again with "cresset zone sign"`,
        )
      const { zone } = keys
      const { signatures } = action.body
      const untilMs =
        lastOf(keys.signatures.filter(({ rdata }) => signatures.some((due) => equalBytes(due, rdata)))) * 1_000
      const { value: before } = await client.query((view) => readZoneKeys(view, zone))
      if (before?.set !== undefined && isThere(before.set, keys.keys, signatures)) {
        context.output.result({ zone, revision: before.revision, untilMs, changed: false }, [
          `${zone}: nothing is due; the ledger has signatures until ${formatTime(untilMs)}`,
        ])
        return
      }
      const sent = await sendOrWrite(context, options, action, `publishing the keys of ${zone}`)
      if (sent === undefined) return
      printSent(
        context,
        sent,
        [
          `${zone}: ${keys.keys.length} keys as revision ${keys.revision}, ${signatures.length} signatures until ${formatTime(untilMs)}`,
        ],
        { zone, revision: keys.revision, untilMs, changed: true },
      )
    },
  )
}

const lastOf = (signatures: readonly { readonly untilSeconds: number }[]): number =>
  Math.max(...signatures.map(({ untilSeconds }) => untilSeconds))

function isThere(set: ZoneKeySet, keys: readonly Uint8Array[], signatures: readonly Uint8Array[]): boolean {
  const listed = set.keys.map(({ dnskey }) => dnskey)
  return isSameList(listed, keys) && isSameList(set.signatures, signatures)
}

function isSameList(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((bytes, index) => equalBytes(bytes, b[index] as Uint8Array))
}
