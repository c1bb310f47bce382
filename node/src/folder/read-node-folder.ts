import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Genesis, GenesisError, genesisFromJson } from '@cresset/core-chain'
import { type SyncSigner, signingBytes } from '@cresset/core-crypto'
import { KeyError, KeyFileError, type KeySources, openKey, openKeyFile, parseKeyName } from '@cresset/keys'
import { joiningFileFromJson, MembershipError } from '@cresset/network-membership'
import { type DnsSettings, readDnsSettings } from '../dns-settings.ts'
import type { NodeConfiguration } from '../node-configuration.ts'
import { asStartError, StartError } from '../start-error.ts'
import { type WebhookSettings, webhookFileFromJson } from '../webhooks/webhook-file.ts'
import { readAnnouncement, readOptional } from './join-network.ts'
import { type NodeFile, nodeFileFromJson } from './node-file.ts'
import { type NodePaths, nodePaths } from './paths.ts'

/** Reads a node's folder: node.json, the genesis file it names, keys and certificates. @throws StartError */
export async function readNodeFolder(folder: string, sources: KeySources = {}): Promise<NodeConfiguration> {
  const paths = nodePaths(resolve(folder))
  const file = nodeFileFromJson(
    await readText(paths.configuration, 'make the folder with "cresset network init", or give its path with --dir'),
    paths.configuration,
  )
  const joins = file.id !== undefined
  const genesis = await readGenesis(
    resolve(paths.folder, file.genesis),
    joins ? 'run "cresset node join FILE" first' : 'copy the file that the consortium agreed on to this place',
  )
  try {
    const { passphrase } = sources
    const tlsKey = await openKeyFile(paths.tlsKey, passphrase ? { passphrase: () => passphrase(paths.tlsKey) } : {})
    const joining = joins ? await readOptional(paths.joining) : undefined
    return {
      ...settingsOf(file),
      ...(file.dns !== undefined && { dns: dnsSettingsOf(file.dns, paths) }),
      ...(joins && { announcement: await readAnnouncement(paths) }),
      ...(joining !== undefined && { introduction: joiningFileFromJson(joining, paths.joining) }),
      genesis,
      dataFolder: paths.data,
      webhooks: await readWebhooks(paths),
      consensusKey: await openConsensusKey(paths, file, sources),
      dnsKey: file.listen.dns === undefined ? undefined : await openDnsKey(paths, sources),
      tls: {
        keyPem: tlsKey.exportPkcs8(),
        certificatePem: await readText(paths.tlsCertificate, 'the permission service gives it'),
        rootPem: await readText(paths.rootCertificate, 'the permission service gives it'),
      },
    }
  } catch (error) {
    throw error instanceof KeyError || error instanceof MembershipError ? asStartError(error) : error
  }
}

/** Those that the operator wrote down; none without the file. */
async function readWebhooks({ folder, webhooks }: NodePaths): Promise<WebhookSettings[]> {
  const json = await readFile(webhooks, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new StartError('configuration', `${webhooks}: it cannot be read (${error.code})`, { cause: error })
  })
  if (json === undefined) return []
  return webhookFileFromJson(json, webhooks).map((settings) => ({
    ...settings,
    secretFiles: settings.secretFiles.map((file) => resolve(folder, file)),
  }))
}

const probe = signingBytes('key-probe', 'none', new Uint8Array(0))

/** One signature shows, before anything else starts, that agent or token will sign votes. */
async function openConsensusKey(paths: NodePaths, file: NodeFile, sources: KeySources): Promise<SyncSigner> {
  const named = file.consensusKey ?? paths.consensusKey
  const isFile = parseKeyName(named).kept === 'file'
  const key = await openKey(isFile ? resolve(paths.folder, named) : named, sources)
  if (!isFile && key.type !== 'ed25519') {
    throw new StartError('configuration', `${named}: votes are signed with Ed25519, whose signatures do not vary`)
  }
  key.signSync(probe)
  return key
}

/** Folders that were put together by hand may lack it: such a node answers for no zone that is signed. */
async function openDnsKey({ dnsKey }: NodePaths, sources: KeySources): Promise<SyncSigner | undefined> {
  try {
    return await openKey(dnsKey, sources)
  } catch (error) {
    if (error instanceof KeyFileError && error.code === 'not-found') return undefined
    throw error
  }
}

/** Paths in it are those from the node's folder. */
function dnsSettingsOf(dns: object, { folder, configuration }: NodePaths): DnsSettings {
  const settings = readDnsSettings(dns, (field, problem) => {
    throw new StartError('configuration', `${configuration}: dns.${field}: ${problem}`)
  })
  const { queryLog, control, tsigKey } = settings
  return {
    ...settings,
    ...(queryLog !== undefined && queryLog !== '-' && { queryLog: resolve(folder, queryLog) }),
    ...(control !== undefined && { control: resolve(folder, control) }),
    ...(tsigKey !== undefined && { tsigKey: tsigKey.map((path) => resolve(folder, path)) }),
  }
}

type Settings = Pick<NodeConfiguration, 'name' | 'listen' | 'logLevel' | 'id' | 'kind' | 'accountIndex' | 'keepBlocks'>

function settingsOf({ name, listen, logLevel, id, kind, keepBlocks, accountIndex }: NodeFile): Settings {
  return { name, listen, logLevel, id, kind, keepBlocks, ...(accountIndex !== undefined && { accountIndex }) }
}

async function readGenesis(path: string, remedy: string): Promise<Genesis> {
  const json = await readText(path, remedy)
  try {
    return genesisFromJson(json)
  } catch (error) {
    if (error instanceof GenesisError)
      throw new StartError('configuration', `${path}: ${error.message}`, { cause: error })
    throw error
  }
}

async function readText(path: string, remedy: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const problem = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`
    throw new StartError('configuration', `${path}: ${problem}; ${remedy}`, { cause: error })
  }
}
