import type { NotifyTarget, NotifyTargetText, Prefix, TransferRules } from '@cresset/dns-server'
import { formatName } from '@cresset/dns-wire'
import { StartError } from '../start-error.ts'
import { readTsigKeyFile } from '../zone-server/tsig-key-file.ts'

/** Who may take a node's zones as a whole, and who is told of their changes. */
export interface TransferSettings {
  /** Paths of TSIG keys, as tsig-keygen writes them. */
  readonly tsigKey?: readonly string[]
  /** Who may take them without a key. */
  readonly allowTransfer?: readonly Prefix[]
  readonly notify?: readonly NotifyTargetText[]
  /** Lower-case wire name of a catalog zone that lists the others (RFC 9432). */
  readonly catalog?: Uint8Array
  /** Lower-case wire names of those that are given away. Default: all. */
  readonly transferZone?: readonly Uint8Array[]
}

/** The same, with the keys. */
export interface TransferConfiguration {
  readonly rules: TransferRules
  readonly notify: readonly NotifyTarget[]
  readonly catalog: Uint8Array | undefined
  readonly zones: readonly Uint8Array[] | undefined
}

/**
 * Reads the keys. Undefined when nobody may take a zone.
 * @throws StartError one line that says what is wrong
 */
export async function readTransfers(settings: TransferSettings): Promise<TransferConfiguration | undefined> {
  const { tsigKey = [], allowTransfer = [], notify = [], catalog, transferZone } = settings
  const fail = (problem: string): never => {
    throw new StartError('configuration', problem)
  }
  if (tsigKey.length + allowTransfer.length === 0) {
    if (catalog !== undefined) fail('a catalog that nobody may take: give a TSIG key or addresses that may')
    if (notify.length > 0)
      fail('secondaries are told of zones that nobody may take: give a TSIG key or addresses that may')
    return undefined
  }
  const keys = await Promise.all(tsigKey.map(readTsigKeyFile))
  const targets = notify.map(({ address, port, keyName }): NotifyTarget => {
    const wanted = keyName?.toLowerCase().replace(/\.$/, '')
    const key = wanted === undefined ? keys[0] : keys.find(({ name }) => formatName(name) === `${wanted}.`)
    if (wanted !== undefined && key === undefined)
      fail(`the secondary at ${address} is told by the key ${keyName}, and no TSIG key has that name`)
    return { address, port, ...(key !== undefined && { key }) }
  })
  return { rules: { keys, prefixes: allowTransfer }, notify: targets, catalog, zones: transferZone }
}
