import { findNode } from '@cresset/access-client'
import { type NodeEntry, type NodeRole, nodeRoles, roleBitsOf } from '@cresset/core-ledger'
import type { NodeRequest } from '@cresset/node/folder'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { readBoundedFile } from '../../../bounded-file.ts'
import { type CommandKit, wholeNumber } from '../../../command-kit.ts'
import type { Context } from '../../../context.ts'
import { ClientError, UsageError } from '../../../exit-codes.ts'
import { addSpeakingOptions, type SpeakingOptions } from '../speaking-for-node.ts'
import { putToVote } from './put-to-vote.ts'

interface PropertyOptions extends SpeakingOptions {
  readonly role?: readonly NodeRole[]
  readonly level?: number
  readonly agreement?: string
  readonly api?: string
  readonly dns?: string
}

/** The entry of a node named in an argument, proven. */
export async function nodeArgument(context: Context, name: string): Promise<NodeEntry> {
  const { value } = await findNode(await context.client(), name)
  if (value === undefined)
    throw new ClientError('not-found', 'node-unknown', `there is no node ${name}: look with "cresset network nodes"`)
  return value.node
}

async function readRequest(path: string): Promise<NodeRequest> {
  const { MAX_REQUEST_CHARACTERS, requestFromJson } = await import('@cresset/node/folder')
  const what = `a node's request ("cresset node join" writes it) ${path}`
  return requestFromJson((await readBoundedFile(path, 4 * MAX_REQUEST_CHARACTERS, what)).toString('utf8'), path)
}

function roleList(value: string, before: readonly NodeRole[] = []): readonly NodeRole[] {
  const role = nodeRoles.find((candidate) => candidate === value)
  if (role === undefined) throw new InvalidArgumentError(`It is one of ${nodeRoles.join(', ')}.`)
  return [...before, role]
}

export function proposeNodeChanges(parent: Command, kit: CommandKit): void {
  const addNode = addSpeakingOptions(
    parent
      .command('add-node')
      .description('admit a node; it votes on blocks only after "propose validator-in"')
      .argument('<request>', 'the file that "cresset node join" wrote on its machine, signed by its keys'),
  )
  kit.add<SpeakingOptions>(
    addNode,
    'cresset network propose add-node north/request.json --key north.key',
    async (context, [path = ''], options) => {
      const request = await readRequest(path)
      const { chainId } = await context.client()
      if (request.chainId !== chainId)
        throw new UsageError(`${path} asks to join ${request.chainId}; this ledger is ${chainId}`)
      const { changeOf } = await import('@cresset/node/folder')
      await putToVote(context, options, { kind: 'addNode', body: changeOf(request) })
    },
  )
  for (const [name, kind, words] of [
    ['remove-node', 'removeNode', 'remove a node; its keys can never be used again'],
    [
      'validator-in',
      'validatorIn',
      'make a node a validator: it votes on blocks two blocks after the vote that decides',
    ],
    ['validator-out', 'validatorOut', 'take a node out of the validators; it stays a node'],
  ] as const) {
    const command = addSpeakingOptions(parent.command(name).description(words).argument('<node>', 'name of the node'))
    kit.add<SpeakingOptions>(
      command,
      `cresset network propose ${name} north --key founder.key --as consortium/nodes/east/keys/identity.key`,
      async (context, [node = ''], options) => {
        const { id } = await nodeArgument(context, node)
        await putToVote(context, options, { kind, body: { node: id } })
      },
    )
  }
  const properties = addSpeakingOptions(
    parent
      .command('set-properties')
      .description("change a node's roles, security level or endpoints; what is not named stays")
      .argument('<node>', 'name of the node')
      .addOption(new Option('--role <role>', 'all roles it shall have; repeat for more').argParser(roleList))
      .addOption(new Option('--level <level>', 'security level').argParser(wholeNumber(0, 15)))
      .option('--agreement <host:port>', 'where others reach it for agreement')
      .option('--api <url>', 'where its API is')
      .option('--dns <host:port>', 'where its name server is'),
  )
  kit.add<PropertyOptions>(
    properties,
    'cresset network propose set-properties north --dns 192.0.2.7:53 --key north.key',
    async (context, [name = ''], options) => {
      const { id, roleBits, securityLevel, endpoints } = await nodeArgument(context, name)
      const { role, level, agreement, api, dns } = options
      await putToVote(context, options, {
        kind: 'setNodeProperties',
        body: {
          node: id,
          roleBits: role === undefined ? roleBits : roleBitsOf(role),
          securityLevel: level ?? securityLevel,
          endpoints: {
            agreement: agreement ?? endpoints.agreement,
            api: api ?? endpoints.api,
            dns: dns ?? endpoints.dns,
          },
        },
      })
    },
  )
}
