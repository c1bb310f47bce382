import { createHash, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'

/** TLSA data (3 1 1) of certificates in PEM files, sorted, in upper case as dig prints it. */
export async function tlsaOf(...paths: string[]): Promise<string[]> {
  const records = paths.map(async (path) => {
    const { publicKey } = new X509Certificate(await readFile(path))
    const digest = createHash('sha256')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest('hex')
    return `3 1 1 ${digest.slice(0, 56)} ${digest.slice(56)}`.toUpperCase()
  })
  return (await Promise.all(records)).sort()
}
