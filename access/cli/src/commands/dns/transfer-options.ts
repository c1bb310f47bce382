import { type Command, Option } from 'commander'
import { repeated } from '../../command-kit.ts'
import { zoneName } from './zone-name.ts'

/** Who may take the zones of a name server as a whole, and who is told of changes. */
export interface TransferOptions {
  readonly tsigKey?: readonly string[]
  readonly allowTransfer?: readonly string[]
  readonly notify?: readonly string[]
  readonly catalog?: Uint8Array
}

/** Adds them, under a heading of their own if there is one. */
export function addTransferOptions(command: Command, heading?: string): void {
  const options = [
    new Option(
      '--tsig-key <file>',
      'key by which others may take the zones, as tsig-keygen writes it; repeat for more',
    ).argParser(repeated),
    new Option(
      '--allow-transfer <prefix>',
      'addresses that may take the zones without a key, such as 192.0.2.0/24; repeat for more',
    ).argParser(repeated),
    new Option(
      '--notify <[key@]address[:port]>',
      'secondary that is told of changes, signed by the first --tsig-key or the one of that name; repeat for more',
    ).argParser(repeated),
    new Option(
      '--catalog <name>',
      'name of a catalog zone that lists the zones, for secondaries that set themselves up by it',
    ).argParser(zoneName),
  ]
  for (const option of options) command.addOption(heading === undefined ? option : option.helpGroup(heading))
}
