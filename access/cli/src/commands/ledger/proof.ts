import { open } from 'node:fs/promises'
import { checkProof, fetchProof, type ProofKind, type ProvenEntry, proofKinds } from '@cresset/access-client'
import { toJson } from '@cresset/core-codec'
import { Argument, type Command, Option } from 'commander'
import { formatTime } from '../../amounts.ts'
import { readBoundedFile } from '../../bounded-file.ts'
import type { CommandKit } from '../../command-kit.ts'
import type { Context } from '../../context.ts'
import { UsageError } from '../../exit-codes.ts'
import { cannotMake } from '../../file-problem.ts'
import { restsOnJson, restsOnLine } from '../../rests-on.ts'

interface Options {
  readonly file?: string
  readonly check?: string
}

const maxProofBytes = 4 * 1024 * 1024

async function readProofFile(path: string): Promise<unknown> {
  const text = (await readBoundedFile(path, maxProofBytes)).toString('utf8')
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageError(`${path} is not a proof: it does not hold JSON`)
  }
}

async function writeProofFile(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o644).catch(cannotMake(path))
  try {
    await file.writeFile(text)
  } finally {
    await file.close()
  }
}

function print(context: Context, { kind, of, value, rests }: ProvenEntry, lines: readonly string[], more = {}): void {
  const json = value === undefined ? null : toJson(value)
  const what = value === undefined ? `${kind} ${of}: proven to be absent` : `${kind} ${of}: ${JSON.stringify(json)}`
  context.output.result({ kind, of, value: json, ...more, rests: restsOnJson(rests) }, [
    what,
    `so it stood at ${formatTime(rests.timeMs)}`,
    restsOnLine(rests),
    ...lines,
  ])
}

export function ledgerProof(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('proof')
    .description('prove what stands on the ledger, into a file that anybody can check with genesis alone; or check one')
    .addArgument(new Argument('[kind]', 'what to prove').choices(proofKinds))
    .argument('[of]', 'the name, host, account, address or transaction id')
    .option('--file <file>', 'where the proof is written')
    .addOption(new Option('--check <file>', 'check a proof; asks no node').conflicts('file'))
  const example = 'cresset ledger proof name shop.acme --file shop.proof'
  kit.add<Options>(command, example, async (context, [kind, of], options) => {
    if (options.check !== undefined) {
      if (kind !== undefined) throw new UsageError('with --check the file says what it proves')
      // Genesis, or what this machine came to trust since; no node is asked.
      const { genesis, clock, trust } = await context.client()
      const entry = checkProof(await readProofFile(options.check), genesis, clock, trust)
      return print(context, entry, [])
    }
    if (kind === undefined || of === undefined)
      throw new UsageError('what is to be proven? for example "ledger proof name shop.acme"; or give --check FILE')
    const client = await context.client()
    const { file, entry } = await fetchProof(client, kind as ProofKind, of)
    const text = `${JSON.stringify(file)}\n`
    if (options.file !== undefined) await writeProofFile(options.file, text)
    print(context, entry, options.file === undefined ? [] : [`wrote ${options.file}`], {
      ...(options.file === undefined ? { proof: file } : { file: options.file }),
    })
  })
}
