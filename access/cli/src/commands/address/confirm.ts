import { confirmAddressAction, splitHost } from '@cresset/access-client'
import { hostName } from '@cresset/core-ledger'
import { formatAddress, reverseName } from '@cresset/dns-wire'
import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { parseIpAddress } from '../../host-server.ts'
import { sendOrWrite } from '../../offline.ts'
import { addSendingOptions, printSent, type SendingOptions } from '../../sending.ts'

interface Options extends SendingOptions {
  readonly withdraw?: boolean
}

export function addressConfirm(parent: Command, kit: CommandKit): void {
  const command = addSendingOptions(
    parent
      .command('confirm')
      .description("say, as the holder of an address's range, that it belongs to a host: reverse look-up then tells it")
      .argument('<address>', 'IPv4 or IPv6')
      .argument('<host>', 'a host that publishes the address')
      .option('--withdraw', 'take the confirmation back'),
  )
  const example = 'cresset address confirm 192.0.2.7 www.shop.acme --key holder.key'
  kit.add<Options>(command, example, async (context, [addressText = '', hostText = ''], options) => {
    const address = parseIpAddress(addressText, 'the address')
    const client = await context.client()
    const place = splitHost(hostText, client.genesis.zones)
    const host = hostName(place.host, place.name)
    const action = confirmAddressAction(address, place, options.withdraw !== true)
    const shown = formatAddress(address)
    const sent = await sendOrWrite(context, options, action, `confirming ${host} at ${shown}`)
    if (sent === undefined) return
    printSent(
      context,
      sent,
      [
        options.withdraw
          ? `${shown} is no longer called ${host}`
          : `${shown} is called ${host} (${reverseName(address)})`,
      ],
      { address: shown, host, isConfirmed: options.withdraw !== true, reverseName: reverseName(address) },
    )
  })
}
