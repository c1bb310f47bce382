import type { KeyReport } from '@cresset/node'
import type { Command } from 'commander'
import type { CommandKit } from '../../../command-kit.ts'
import { columns, table } from '../../../terminal/output.ts'
import { askServer, type ControlOptions, controlOption } from '../control-socket.ts'
import { rollText } from './roll.ts'

/** RFC 8624 section 3.1, those that are still met. */
const algorithms: Readonly<Record<number, string>> = {
  5: 'RSASHA1',
  7: 'RSASHA1-NSEC3-SHA1',
  8: 'RSASHA256',
  10: 'RSASHA512',
  13: 'ECDSAP256SHA256',
  14: 'ECDSAP384SHA384',
  15: 'ED25519',
  16: 'ED448',
}
const SEP = 1
const REVOKE = 128

export function keyList(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('list')
    .description('the keys in the DNSKEY records of the zones, and when signatures by them are made again')
    .addOption(controlOption())
  kit.add<ControlOptions>(command, 'cresset dns key list', async (context, _positional, options) => {
    const { keys } = await askServer(context, options, 'key-list')
    const rows = keys.map((key) => [
      key.zone,
      String(key.tag),
      key.state ?? '',
      algorithmText(key),
      flagsText(key),
      signedAgainText(key),
      key.signaturesEndAt ?? 'not signed',
    ])
    context.output.result(
      { keys },
      rows.length === 0
        ? ['no zone has a key']
        : [
            ...table(['zone', 'tag', 'state', 'algorithm', 'flags', 'signed again', 'signatures end'], rows),
            ...rollLines(keys),
          ],
    )
  })
}

export function keyStatus(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('status')
    .description('the keys of one zone: what comes next, when, and the DS record for the zone above')
    .argument('<name>', 'name of the zone')
    .addOption(controlOption())
  kit.add<ControlOptions>(command, 'cresset dns key status example.org', async (context, [name], options) => {
    const { keys } = await askServer(context, options, 'key-list', name)
    const rows = keys.flatMap((key, index): [string, string][] => [
      ...(index > 0 ? [['', ''] satisfies [string, string]] : []),
      ['key', `tag ${key.tag}, ${algorithmText(key)}, flags ${flagsText(key)}`],
      ...(key.holder === null ? [] : [['of', key.holder] satisfies [string, string]]),
      ...(key.state === null ? [] : [['state', stateText(key)] satisfies [string, string]]),
      ['signs', signsText(key)],
      ['next', nextText(key)],
      ['signatures', key.signaturesEndAt === null ? 'none' : `the first ends ${key.signaturesEndAt}`],
      ['above', key.ds],
    ])
    const [first] = keys
    if (first !== undefined && first.next !== null) rows.push(['', ''], ['roll', rollText(first, keys)])
    context.output.result({ keys }, keys.length === 0 ? ['the zone has no key'] : columns(rows))
  })
}

/** What comes next in each zone whose key is replaced. */
function rollLines(keys: readonly KeyReport[]): string[] {
  const zones = new Map<string, KeyReport[]>()
  for (const key of keys) if (key.next !== null) zones.set(key.zone, [...(zones.get(key.zone) ?? []), key])
  return [...zones].map(([zone, own]) => `${zone}: ${rollText(own[0] as KeyReport, own)}`)
}

const stateText = ({ state, stateSince }: KeyReport): string =>
  `${state}${stateSince === null ? '' : ` since ${stateSince}`}`

function signedAgainText({ signedAgainAt, signsHere, frozen, waitsUntil }: KeyReport): string {
  if (signedAgainAt !== null) return signedAgainAt
  if (waitsUntil !== null) return `from ${waitsUntil} on`
  if (!signsHere) return 'elsewhere'
  return frozen ? 'frozen' : 'as they age'
}

function signsText({ signsHere, holder, waitsUntil }: KeyReport): string {
  if (waitsUntil !== null) return 'not yet: resolvers must have seen it first'
  if (signsHere) return 'here'
  if (holder === null) return 'elsewhere: the file came signed'
  return holder === 'anchor' || holder === 'revoked'
    ? 'the keys of the zone, ahead and away from all servers'
    : `at ${holder}`
}

function nextText({ signedAgainAt, signaturesEndAt, signsHere, holder, waitsUntil }: KeyReport): string {
  if (waitsUntil !== null) return `it signs from ${waitsUntil} on`
  if (signedAgainAt !== null) return `signatures are made again ${signedAgainAt}`
  if (holder === 'anchor') return `before ${signaturesEndAt}: "cresset zone publish" brings the signatures that follow`
  return signsHere && holder !== null
    ? 'each signature is made again when half of its time has passed'
    : 'nothing is due here'
}

const algorithmText = ({ algorithm }: KeyReport): string => algorithms[algorithm] ?? `algorithm ${algorithm}`

function flagsText({ flags }: KeyReport): string {
  const names = [...((flags & SEP) !== 0 ? ['SEP'] : []), ...((flags & REVOKE) !== 0 ? ['REVOKE'] : [])]
  return names.length === 0 ? String(flags) : `${flags} (${names.join(', ')})`
}
