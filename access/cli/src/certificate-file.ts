import { type Certificate, decodePemChain, encodePem, tryReadCertificate } from '@cresset/core-certificates'
import { equalBytes } from '@cresset/core-codec'
import { writeNewFile } from '@cresset/keys'
import { readBoundedFile } from './bounded-file.ts'
import { UsageError } from './exit-codes.ts'

const maxPemBytes = 256 * 1024
const publicMode = 0o644

/** The certificates of a PEM file: the first is what the file is of, the others lead up to its root. */
export async function readCertificateFile(path: string): Promise<readonly [Certificate, ...Certificate[]]> {
  const chain = decodePemChain((await readBoundedFile(path, maxPemBytes)).toString('utf8'))
  if (chain === undefined) throw new UsageError(`${path} holds no certificate in PEM`)
  const read = chain.map((der) => {
    const certificate = tryReadCertificate(der)
    if (typeof certificate === 'string') throw new UsageError(`${path}: ${certificate}`)
    return certificate
  })
  return read as [Certificate, ...Certificate[]]
}

export function isSelfIssued({ issuer, subject }: Certificate): boolean {
  return equalBytes(issuer.der, subject.der)
}

/** As servers send them: from the certificate up, the root left out, which clients have. */
export function chainPem(certificates: readonly Certificate[]): string {
  const sent = certificates.filter((certificate, index) => index === 0 || !isSelfIssued(certificate))
  return sent.map(({ der }) => encodePem('CERTIFICATE', der)).join('')
}

export async function writeCertificateFile(path: string, certificates: readonly Certificate[]): Promise<void> {
  await writeNewFile(path, chainPem(certificates), publicMode)
}
