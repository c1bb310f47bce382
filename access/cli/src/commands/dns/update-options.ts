import type { TransferRules, UpdateGrant, UpdateRules } from '@cresset/node'
import { type Command, Option } from 'commander'
import { repeated, wholeNumber } from '../../command-kit.ts'
import { UsageError } from '../../exit-codes.ts'
import { zoneText } from './zone-name.ts'

/** Who may change the zones of a name server, and where they are kept. */
export interface UpdateOptions {
  readonly update?: readonly string[]
  readonly updateKey?: readonly string[]
  readonly updateRate?: number
  readonly journal?: string
}

const DEFAULT_JOURNAL = 'zone-journal'
const DEFAULT_UPDATES_PER_SECOND = 20

export function addUpdateOptions(command: Command): void {
  command
    .addOption(
      new Option(
        '--update <key@name[:types]>',
        'key that may change records at this name and below, such as home@home.example.org or acme@_acme-challenge.example.org:TXT (RFC 2136); repeat for more',
      ).argParser(repeated),
    )
    .addOption(
      new Option(
        '--update-key <file>',
        'a key of --update, as tsig-keygen writes it; unlike a --tsig-key it takes no zone; repeat for more',
      ).argParser(repeated),
    )
    .addOption(
      new Option(
        '--update-rate <updates>',
        `updates a second that one key may send (default: ${DEFAULT_UPDATES_PER_SECOND})`,
      ).argParser(wholeNumber(1, 10_000)),
    )
    .option(
      '--journal <folder>',
      `where the zones are kept as they are served, with their last changes, to go on from there after a restart (default with --update: ${DEFAULT_JOURNAL})`,
    )
}

export async function updatesOf(
  options: UpdateOptions,
  { keys: transferKeys }: TransferRules,
): Promise<{ journal: string | undefined; updates: UpdateRules | undefined }> {
  const { update = [], updateKey = [], updateRate, journal } = options
  const { parseUpdateGrant, readTsigKeyFile } = await import('@cresset/node')
  if (update.length === 0) {
    const unused = updateKey.length > 0 ? '--update-key' : updateRate === undefined ? undefined : '--update-rate'
    if (unused !== undefined) throw new UsageError(`${unused}: nobody may change anything; give --update as well`)
    return { journal, updates: undefined }
  }
  const ownKeys = await Promise.all(updateKey.map(readTsigKeyFile))
  const names = new Set<string>()
  for (const { name } of [...transferKeys, ...ownKeys]) {
    if (names.has(zoneText(name))) throw new UsageError(`--update-key: two keys have the name ${zoneText(name)}`)
    names.add(zoneText(name))
  }
  const grants = update.map((text): UpdateGrant => {
    const grant = parseUpdateGrant(text)
    if (grant === undefined)
      throw new UsageError(`--update ${text}: give KEY@NAME, or KEY@NAME:TYPES such as home@home.example.org:A,AAAA`)
    if (!names.has(zoneText(grant.keyName)))
      throw new UsageError(`--update ${text}: no --update-key has the name ${zoneText(grant.keyName)}`)
    return grant
  })
  const granted = new Set(grants.map(({ keyName }) => zoneText(keyName)))
  const idle = ownKeys.find(({ name }) => !granted.has(zoneText(name)))
  if (idle !== undefined)
    throw new UsageError(`--update-key: the key ${zoneText(idle.name)} may change nothing; give --update for it`)
  const keys = [...transferKeys, ...ownKeys].filter(({ name }) => granted.has(zoneText(name)))
  const updatesPerSecond = updateRate ?? DEFAULT_UPDATES_PER_SECOND
  return { journal: journal ?? DEFAULT_JOURNAL, updates: { keys, grants, updatesPerSecond } }
}
