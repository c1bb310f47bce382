import { type Command, Option } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { ClientError } from '../../exit-codes.ts'
import { withNodeErrors } from '../node/start-problem.ts'
import { counted, remarkLine } from './remarks.ts'
import { zoneName, zoneText } from './zone-name.ts'

interface Options {
  readonly zone?: Uint8Array
}

export function dnsCheck(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('check')
    .description('read a master file as "dns serve" would, and say what is wrong with it or hardly meant')
    .argument('<file>', 'master file (RFC 1035)')
    .addOption(
      new Option('--zone <name>', 'name of the zone; the owner of the first SOA when left out').argParser(zoneName),
    )
  kit.add<Options>(command, 'cresset dns check example.org.zone', async (context, [path = ''], { zone }) => {
    const { checkZoneFile } = await import('@cresset/node')
    const checked = await withNodeErrors(() => checkZoneFile(path, zone))
    const { records, serial, errors, warnings, remarks } = checked
    const name = zoneText(checked.apex)
    const lines = remarks.map((remark) => remarkLine(remark, path))
    const told = remarks.length < errors + warnings ? [`only ${remarks.length} of them are shown`] : []
    if (errors === 0) {
      const all = warnings === 0 ? 'no warning' : counted(warnings, 'warning')
      context.output.result({ zone: name, records, serial, errors, warnings, remarks }, [
        ...lines,
        ...told,
        `${name}: ${counted(records, 'record')}, serial ${serial}, ${all}`,
      ])
      return
    }
    for (const line of [...lines, ...told]) context.output.note(line)
    const [first = ''] = lines.filter((line) => line.includes(' error: '))
    const problem = context.output.json ? `${counted(errors, 'error')}; the first: ${first}` : counted(errors, 'error')
    throw new ClientError('refused', 'bad-zone', `${name} cannot be served: ${problem}`)
  })
}
