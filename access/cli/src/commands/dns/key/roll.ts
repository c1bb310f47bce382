import { readZones } from '@cresset/core-ledger'
import type { KeyReport } from '@cresset/node'
import type { Command } from 'commander'
import type { CommandKit } from '../../../command-kit.ts'
import type { Context } from '../../../context.ts'
import { ClientError } from '../../../exit-codes.ts'
import { askServer, type ControlOptions, controlOption } from '../control-socket.ts'

export function keyRoll(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('roll')
    .description(
      'replace the key of a zone: the new one is listed, signs once every resolver knows it, and the old one goes after "key confirm"',
    )
    .argument('<name>', 'name of the zone')
    .addOption(controlOption())
  kit.add<ControlOptions>(command, 'cresset dns key roll example.org', async (context, [name = ''], options) => {
    let keys: readonly KeyReport[]
    try {
      keys = (await askServer(context, options, 'key-roll', name)).keys
    } catch (error) {
      if (!(error instanceof ClientError) || !(await isOfLedger(context, name, error.code))) throw error
      const commands = ledgerCommands(name)
      context.output.result({ zone: name, commands: commands.filter((line) => line.startsWith('  ')) }, commands)
      return
    }
    context.output.result({ keys }, [...keys.map(stateLine), nextLine(keys)])
  })
}

export function keyConfirm(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('confirm')
    .description(
      'say that the zone above has the DS record of the new key, or that resolvers have it as their anchor: the old one then goes by itself',
    )
    .argument('<name>', 'name of the zone')
    .addOption(controlOption())
  kit.add<ControlOptions>(command, 'cresset dns key confirm example.org', async (context, [name = ''], options) => {
    const { keys } = await askServer(context, options, 'key-confirm', name)
    context.output.result({ keys }, [...keys.map(stateLine), nextLine(keys)])
  })
}

/** What a node's name server says, or the ledger itself where none listens. */
async function isOfLedger(context: Context, name: string, code: string): Promise<boolean> {
  if (code === 'ledger-zone') return true
  if (code !== 'no-server' && code !== 'no-such-zone') return false
  try {
    const zone = name.replace(/\.$/, '').toLowerCase()
    return (await (await context.client()).query((view) => readZones(view).includes(zone))).value
  } catch {
    // Without a ledger there is nothing to say about one.
    return false
  }
}

const stateLine = ({ zone, tag, state, stateSince }: KeyReport): string =>
  `${zone}: key ${tag} is ${state ?? 'of a file that came signed'}${stateSince === null ? '' : ` since ${stateSince}`}`

function nextLine(keys: readonly KeyReport[]): string {
  const [first] = keys
  return `next: ${first === undefined ? 'nothing' : rollText(first, keys)}`
}

/** What a roll waits for, for a person; `keys` are all of the zone. */
export function rollText({ zone, next }: KeyReport, keys: readonly KeyReport[]): string {
  const tagOf = (state: KeyReport['state']): string => String(keys.find((key) => key.state === state)?.tag ?? '')
  if (next?.waitsFor != null) return `it has been time since ${next.at}, and waits for ${next.waitsFor}`
  switch (next?.event) {
    case 'published':
      return 'the new key is listed with the next signatures'
    case 'active':
      return `key ${tagOf('published')} signs from ${next.at} on, when no resolver remembers the list without it`
    case 'confirmed':
      return `put the DS of key ${tagOf('active')} in the zone above, and then "cresset dns key confirm ${zone}"`
    case 'removed':
      return `key ${tagOf('retired')} is taken out ${next.at}, when no resolver remembers what rests on it`
    case undefined:
      return 'no key is replaced'
  }
}

/** The ledger lists the keys of its zones, so they are replaced there. */
function ledgerCommands(zone: string): string[] {
  return [
    `${zone} is a zone of the ledger: its keys are listed there, and replaced by transactions.`,
    'The key of a node, here NODE: the members agree on both its keys, and an anchor signs the list.',
    '  cresset key new dns.key',
    '  cresset network propose set-keys NODE --identity-key … --consensus-key … --dns-key OLD.key --dns-key dns.key --as … --key …',
    `  cresset zone sign ${zone} --anchor ANCHOR.key`,
    `  cresset zone publish ${zone}.keys --key …`,
    `"cresset zone keys ${zone}" says from when on it signs: then it is the node's keys/dns.key, and the node starts again. The old one goes by the same commands.`,
    'An anchor: the new one is listed beside the old, a month later the old one is revoked (RFC 5011), and then it is gone.',
    `  cresset zone sign ${zone} --anchor OLD.key --add NEW.key`,
    `  cresset zone sign ${zone} --anchor NEW.key --revoke OLD.key`,
    `  cresset zone sign ${zone} --anchor NEW.key`,
    `Each is brought to the ledger by "cresset zone publish"; "cresset zone keys ${zone}" shows what is listed and since when.`,
  ]
}
