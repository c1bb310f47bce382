import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { accountOf } from '@cresset/core-crypto'
import { type LedgerChange, type NodeEntry, roleBitsOf } from '@cresset/core-ledger'
import { openKeyFile } from '@cresset/keys'
import { changeOf, initNode, inviteNode, joinNetwork, readInvited, requestFromJson, writeRequest } from '@cresset/node'
import { ValidatorProcess } from '../../access/cli/src/network/validator-process.ts'
import { NodeApi } from './node-api.ts'
import { Victim, type Victims } from './victims.ts'

const nodeMain = fileURLToPath(import.meta.resolve('@cresset/node/main'))

export interface Guest {
  readonly victim: Victim
  readonly id: Uint8Array
  /** What the members vote on to admit it. */
  readonly admission: LedgerChange
}

/** A new node's folder, keys and request, made as its operator makes them; it does not run yet. */
export async function makeGuest(victims: Victims, folder: string, name: string): Promise<Guest> {
  const { genesis, paths, spare } = victims
  const { host, ports, prefix } = spare
  const isLocal = host === '127.0.0.1'
  const api = isLocal ? `http://${host}:${ports.api}` : `https://${name}.ns.${genesis.zones[0]}:${ports.api}`
  const { paths: own } = await initNode({
    dir: folder,
    name,
    organization: 'a guest',
    kind: 'validator',
    endpoints: { agreement: `${host}:${ports.agreement}`, api, dns: `${host}:${ports.dns}` },
    listen: {
      agreement: { host, port: ports.agreement },
      api: { host, port: ports.api },
      dns: { host, port: ports.dns },
    },
  })
  const { json } = await inviteNode({
    genesis,
    nodes: genesis.nodes.map(
      (node): NodeEntry => ({
        ...node,
        id: accountOf(node.identityKey),
        roleBits: roleBitsOf(node.roles),
        isValidator: true,
        admittedHeight: 0,
        height: 0,
      }),
    ),
    height: 0,
    invited: {
      announcement: readInvited(await readFile(own.announcement, 'utf8'), own.announcement),
      rootSigner: await openKeyFile(paths.rootKey),
    },
    nowMs: Date.now(),
  })
  const joined = await joinNetwork(folder, json, 'the invitation')
  await writeRequest(joined, {})
  const request = requestFromJson(await readFile(own.request, 'utf8'), own.request)
  const validator = new ValidatorProcess({ name, folder, nodeMain, arguments: [], readyTimeoutMs: 60_000, prefix })
  const ca = await readFile(paths.rootCertificate, 'utf8')
  return {
    victim: new Victim(victims.all.length, validator, new NodeApi(api, { address: host, ca }), join(folder, 'data')),
    id: accountOf(request.announcement.identityKey),
    admission: { kind: 'addNode', body: changeOf(request) },
  }
}
