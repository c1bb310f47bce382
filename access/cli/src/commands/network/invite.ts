import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Client } from '@cresset/access-client'
import { chainIdOf } from '@cresset/core-chain'
import { type Member, membersEntry, type NodeEntry, readNode, type StateView, stateKeys } from '@cresset/core-ledger'
import { writeNewFile } from '@cresset/keys'
import { type Command, Option } from 'commander'
import { formatTime } from '../../amounts.ts'
import { readSmallFile } from '../../bounded-file.ts'
import { type CommandKit, wholeNumber } from '../../command-kit.ts'
import type { Context } from '../../context.ts'
import { UsageError } from '../../exit-codes.ts'
import { withNodeErrors } from '../node/start-problem.ts'

const dayMs = 86_400_000
const publicMode = 0o644

interface Options {
  readonly out: string
  readonly rootKey?: string
  readonly days?: number
}

/** `--root-key`, or where `network init` put it. */
async function rootKeyName(context: Context, named: string | undefined): Promise<string> {
  if (named !== undefined) return named
  const usual = join(dirname(await context.genesisPath()), 'root', 'root.key')
  if (await stat(usual).catch(() => undefined)) return usual
  throw new UsageError(`which key issues certificates? give --root-key; it is not at ${usual}`)
}

/** Proofs that one question may ask for; the list of all nodes is one of them. */
const maxNodes = 63

function readMembers(view: StateView): readonly Member[] {
  const stored = view.get(stateKeys.members)
  return stored === undefined ? [] : membersEntry.codec.decode(stored).members
}

/** The nodes of the ledger, proven, and where that was. */
async function nodesOf(client: Client): Promise<{ readonly nodes: readonly NodeEntry[]; readonly height: number }> {
  const list = await client.query((view) => readMembers(view))
  const ids = list.value.slice(0, maxNodes).map(({ node }) => node)
  const keys = [stateKeys.members, ...ids.map((id) => stateKeys.node(id))]
  const { value: nodes, rests } = await client.query((view) => ids.map((id) => readNode(view, id)), keys)
  return { nodes: nodes.filter((node) => node !== undefined), height: rests.height }
}

export function networkInvite(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('invite')
    .description(
      "make the joining file for a node on another machine: where the network is, what it rests on, and the node's certificate; nothing in it is secret",
    )
    .argument(
      '[announcement]',
      'announcement.json of the new node; left out, the file is for any node, to find the network again',
    )
    .option('--out <file>', 'where to write it', 'joining.json')
    .option(
      '--root-key <key>',
      "the consortium's root key, which signs the certificate; root/root.key beside the genesis file when left out",
    )
    .addOption(new Option('--days <number>', 'how long the certificate is good').argParser(wholeNumber(1, 7_300)))
  kit.add<Options>(
    command,
    'cresset network invite announcement.json --out west-joining.json',
    async (context, [announcementPath], options) => {
      if (await stat(options.out).catch(() => undefined))
        throw new UsageError(`${options.out} exists; give --out another name`)
      const genesis = await context.genesis()
      const { inviteNode, readInvited } = await import('@cresset/node/folder')
      const announcement =
        announcementPath === undefined
          ? undefined
          : await withNodeErrors(async () => readInvited(await readSmallFile(announcementPath), announcementPath))
      const client = await context.client()
      const { nodes, height } = await nodesOf(client)
      const made = await withNodeErrors(async () =>
        inviteNode({
          genesis,
          nodes,
          height,
          ...(announcement !== undefined && {
            invited: {
              announcement,
              rootSigner: await context.signer(await rootKeyName(context, options.rootKey)),
            },
          }),
          nowMs: context.environment.nowMs(),
          lifetimeMs: options.days === undefined ? undefined : options.days * dayMs,
        }),
      )
      await context.withKeys(writeNewFile(options.out, made.json, publicMode))
      const lines =
        announcement === undefined || made.notAfterMs === undefined
          ? [
              `wrote ${options.out}, for any node of ${chainIdOf(genesis)}`,
              'next, on its machine: cresset node join FILE',
            ]
          : [
              `wrote ${options.out}, for ${announcement.name} of ${announcement.organization}`,
              `its certificate is good until ${formatTime(made.notAfterMs)}`,
              `next, on the machine of ${announcement.name}: cresset node join ${options.out}`,
            ]
      context.output.result(
        {
          file: options.out,
          chainId: chainIdOf(genesis),
          node: announcement?.name ?? null,
          height,
          notAfterMs: made.notAfterMs ?? null,
        },
        lines,
      )
    },
  )
}
