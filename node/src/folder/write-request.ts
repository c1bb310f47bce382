import { rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { chainIdOf } from '@cresset/core-chain'
import { equalBytes } from '@cresset/core-codec'
import { sha256 } from '@cresset/core-crypto'
import { type KeySources, openKey, type PrivateKey, parseKeyName, writeNewFile } from '@cresset/keys'
import { asStartError, StartError } from '../start-error.ts'
import type { JoinedNetwork } from './join-network.ts'
import { readOptional } from './join-network.ts'
import { nodeFileFromJson } from './node-file.ts'
import { requestToJson, signRequest } from './node-request.ts'

const PUBLIC_MODE = 0o644

/** Writes the request to be admitted, signed by each of the node's keys. @throws StartError */
export async function writeRequest({ paths, genesis, joining, announcement }: JoinedNetwork, sources: KeySources) {
  const { certificate } = joining
  if (certificate === undefined) throw new Error('invariant: a request names a certificate')
  const keys: PrivateKey[] = []
  try {
    const file = nodeFileFromJson((await readOptional(paths.configuration)) ?? '', paths.configuration)
    const consensus = file.consensusKey ?? paths.consensusKey
    const isFile = parseKeyName(consensus).kept === 'file'
    for (const name of [paths.identityKey, isFile ? resolve(paths.folder, consensus) : consensus, paths.dnsKey]) {
      keys.push(await openKey(name, sources))
    }
    const request = await signRequest(chainIdOf(genesis), announcement, sha256(certificate), (key) => {
      const found = keys.find(({ publicKey }) => equalBytes(publicKey, key))
      if (found !== undefined) return found
      throw new StartError('configuration', `${paths.announcement} names a key that is not in ${paths.folder}/keys`)
    })
    const written = `${paths.request}.new`
    await rm(written, { force: true })
    await writeNewFile(written, requestToJson(request), PUBLIC_MODE)
    await rename(written, paths.request)
    return request
  } catch (error) {
    throw asStartError(error)
  } finally {
    for (const key of keys) await key.close()
  }
}
