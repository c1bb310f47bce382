import type { Certificate } from '@cresset/core-certificates'
import { toHex } from '@cresset/core-codec'
import { sha256 } from '@cresset/core-crypto'
import type { Command } from 'commander'
import { formatTime } from '../../amounts.ts'
import { describeSubject } from '../../authority.ts'
import { isSelfIssued, readCertificateFile } from '../../certificate-file.ts'
import type { CommandKit } from '../../command-kit.ts'
import { columns } from '../../terminal/output.ts'

function factsOf(certificate: Certificate) {
  const { basicConstraints, nameConstraints, subjectAltName } = certificate.extensions
  return {
    subject: describeSubject(certificate),
    isAuthority: basicConstraints?.isAuthority ?? false,
    pathLength: basicConstraints?.pathLength ?? null,
    permitted: nameConstraints?.permitted.dnsNames ?? [],
    excludedAddressRanges: nameConstraints?.excluded.addressRanges.length ?? 0,
    hosts: subjectAltName?.dnsNames ?? [],
    isSelfIssued: isSelfIssued(certificate),
    publicKey: certificate.publicKey === undefined ? null : toHex(certificate.publicKey),
    notBeforeMs: certificate.notBeforeMs,
    notAfterMs: certificate.notAfterMs,
    digest: toHex(sha256(certificate.der)),
  }
}

function linesOf(facts: ReturnType<typeof factsOf>): (readonly [string, string])[] {
  return [
    ['certificate', facts.subject],
    ...(facts.hosts.length > 0 ? [['  hosts', facts.hosts.join(', ')] as const] : []),
    ...(facts.isAuthority ? [['  authorities below it', String(facts.pathLength ?? 'any number')] as const] : []),
    ['  issued by', facts.isSelfIssued ? 'itself' : 'another'],
    ['  key', facts.publicKey ?? 'of a type that this ledger does not know'],
    ['  good', `from ${formatTime(facts.notBeforeMs)} to ${formatTime(facts.notAfterMs)}`],
    ['  digest', facts.digest],
  ]
}

export function certificateShow(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('show')
    .description('what the certificates of a file say')
    .argument('<file>', 'certificates (PEM)')
  kit.add(command, 'cresset certificate show shop.acme.pem', async (context, [path = '']) => {
    const certificates = (await readCertificateFile(path)).map(factsOf)
    context.output.result({ file: path, certificates }, columns(certificates.flatMap(linesOf)))
  })
}
