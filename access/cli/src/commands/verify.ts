import { isIP } from 'node:net'
import { splitHost } from '@cresset/access-client'
import { toHex } from '@cresset/core-codec'
import { type HostEntry, hostName, readPublishedHost } from '@cresset/core-ledger'
import { formatAddress } from '@cresset/dns-wire'
import type { Command } from 'commander'
import type { CommandKit } from '../command-kit.ts'
import { ClientError, UsageError } from '../exit-codes.ts'
import { restsOnJson, restsOnLine } from '../rests-on.ts'
import { verifyServerKey } from '../server-key.ts'
import { withProgress } from '../terminal/progress.ts'

function parseTarget(target: string): { host: string; port: number | undefined } {
  const match = /^([A-Za-z0-9_.-]{1,255}?)(?::(\d{1,5}))?$/.exec(target)
  const port = match?.[2] === undefined ? undefined : Number(match[2])
  if (!match?.[1] || port === 0 || (port ?? 1) > 65_535) throw new UsageError(`"${target}" is not HOST or HOST:PORT`)
  return { host: match[1], port }
}

function choosePort(entry: HostEntry, host: string, given: number | undefined): number {
  const ports = entry.services.filter((service) => service.protocol === 'tcp').map((service) => service.port)
  if (given !== undefined) return given
  const [only, second] = ports
  if (only !== undefined && second === undefined) return only
  throw new UsageError(
    only === undefined
      ? `${host} names no TCP service on the ledger; give ${host}:PORT`
      : `${host} has several services; give ${host}:PORT with one of ${ports.join(', ')}`,
  )
}

export function verifyCommand(program: Command, kit: CommandKit): void {
  const command = program
    .command('verify')
    .description('connect to a server and check that it holds the key that the ledger names')
    .argument('<host[:port]>', 'published host')
    .option('--address <ip>', 'connect there instead of to the published addresses')
  kit.add<{ address?: string }>(
    command,
    'cresset verify www.shop.acme:8443',
    async (context, [target = ''], options) => {
      const { host, port: given } = parseTarget(target)
      if (options.address !== undefined && isIP(options.address) === 0)
        throw new UsageError(`"${options.address}" is not an IP address`)
      const client = await context.client()
      const place = splitHost(host, client.genesis.zones)
      const fullHost = hostName(place.host, place.name)
      const { value: published, rests } = await client.query(
        (view, at) => readPublishedHost(view, place, at),
        `/v1/hosts/${fullHost}`,
      )
      const entry = published?.entry
      if (!entry)
        throw new ClientError('not-found', 'host-unknown', `${fullHost} is not on the ledger (${restsOnLine(rests)})`)
      const port = choosePort(entry, fullHost, given)
      // A server may still hold a key that was replaced a short while ago.
      const old = entry.retiringKeys
        .filter(({ untilLedgerMs }) => untilLedgerMs > published.name.ledgerTimeMs)
        .map(({ publicKey }) => publicKey)
      const targets = options.address
        ? [{ address: options.address, keys: [...entry.servers.map((server) => server.publicKey), ...old] }]
        : entry.servers.flatMap((server) =>
            server.addresses.map((address) => ({ address: formatAddress(address), keys: [server.publicKey, ...old] })),
          )
      if (targets.length === 0)
        throw new ClientError('not-found', 'no-server', `${fullHost} has no server on the ledger`)
      const verified: { address: string; publicKey: string }[] = []
      for (const { address, keys } of targets) {
        const key = await withProgress(context.output, `connecting to ${address} port ${port}`, () =>
          verifyServerKey({ address, port, host: fullHost, keys }),
        )
        verified.push({ address, publicKey: toHex(key) })
      }
      context.output.result({ host: fullHost, port, servers: verified, rests: restsOnJson(rests) }, [
        ...verified.map(
          (server) => `${fullHost} port ${port} at ${server.address}: verified, key ${server.publicKey.slice(0, 16)}…`,
        ),
        restsOnLine(rests),
      ])
    },
  )
}
