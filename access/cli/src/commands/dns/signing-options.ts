import type { Denial, ZoneKeyAlgorithm, ZoneSigningOptions } from '@cresset/node'
import { type Command, Option } from 'commander'
import { wholeNumber } from '../../command-kit.ts'
import { UsageError } from '../../exit-codes.ts'
import { zoneName } from './zone-name.ts'

/** How `cresset dns serve` signs. */
export interface SigningOptions {
  readonly sign?: boolean
  readonly algorithm?: ZoneKeyAlgorithm
  readonly denial?: Denial
  readonly keys: string
  readonly propagation?: number
  readonly dsTtl?: number
  readonly cds?: boolean
  readonly cdsDelete?: readonly Uint8Array[]
  readonly signal?: boolean
}

const DAY_SECONDS = 86_400
const names = { algorithm: '--algorithm', propagation: '--propagation', dsTtl: '--ds-ttl', cds: '--cds' } as const
const more = { cdsDelete: '--cds-delete', signal: '--signal', denial: '--denial' } as const

const zoneNames = (text: string, earlier: readonly Uint8Array[] = []): Uint8Array[] => [...earlier, zoneName(text)]

export function addSigningOptions(command: Command): void {
  command
    .option('--sign', 'sign the zones by DNSSEC; a key that is not there is made')
    .addOption(
      new Option(
        '--algorithm <name>',
        'of a key that --sign makes; P-256 where resolvers are old (default: ed25519)',
      ).choices(['ed25519', 'ecdsap256sha256'] satisfies ZoneKeyAlgorithm[]),
    )
    .addOption(
      new Option(
        '--denial <mode>',
        'how the zones prove what they do not have: by a chain of NSEC, or by records made for each question (RFC 9824), which no secondary can serve (default: chain)',
      ).choices(['chain', 'compact'] satisfies Denial[]),
    )
    .option(
      '--keys <folder>',
      'where --sign keeps the keys and the last serials, and --catalog its own serial',
      'zone-keys',
    )
    .addOption(
      new Option(
        '--propagation <seconds>',
        'when a key is replaced: how long until every secondary has a change (default: 3600)',
      ).argParser(wholeNumber(0, 30 * DAY_SECONDS)),
    )
    .addOption(
      new Option(
        '--ds-ttl <seconds>',
        'when a key is replaced: how long resolvers remember the DS records that the zones above have (default: 86400)',
      ).argParser(wholeNumber(0, 30 * DAY_SECONDS)),
    )
    .option('--cds', 'tell the zones above by CDS and CDNSKEY records which DS they are to have (RFC 7344)')
    .addOption(
      new Option(
        '--cds-delete <name>',
        'a zone that tells the one above to have no DS any more (RFC 8078), before it is signed no more; repeat for more',
      ).argParser(zoneNames),
    )
    .option(
      '--signal',
      "with --cds, also below the names of a zone's servers (RFC 9615), where those are in zones that are signed here: so a zone above can take its first DS",
    )
}

/** @throws UsageError for options that mean nothing together */
export function signingOf(options: SigningOptions): ZoneSigningOptions {
  const { algorithm, denial, propagation, dsTtl, cds = false, cdsDelete = [], signal = false } = options
  for (const [name, flag] of Object.entries({ ...names, ...more }))
    if (options.sign !== true && options[name as keyof SigningOptions] !== undefined)
      throw new UsageError(`${flag} is for zones that are signed here: give --sign as well`)
  if (signal && !cds) throw new UsageError('--signal shows what --cds publishes: give --cds as well')
  return {
    algorithm,
    denial,
    propagationSeconds: propagation,
    dsTtlSeconds: dsTtl,
    hasDelegationRecords: cds,
    withoutDelegation: cdsDelete,
    hasSignals: signal,
  }
}
