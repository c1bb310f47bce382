import { parseName } from '@cresset/access-client'
import { authorityPathLengths, type Certificate, readCertificate } from '@cresset/core-certificates'
import { equalBytes } from '@cresset/core-codec'
import { readDomainCertificate, readName } from '@cresset/core-ledger'
import { type Command, Option } from 'commander'
import { formatTime } from '../../amounts.ts'
import { type CertificatePurpose, describeSubject, issueCertificate, purposeOf } from '../../authority.ts'
import { readCertificateFile, writeCertificateFile } from '../../certificate-file.ts'
import { type CommandKit, wholeNumber } from '../../command-kit.ts'
import type { Context } from '../../context.ts'
import { ClientError } from '../../exit-codes.ts'

const dayMs = 86_400_000

interface Options {
  readonly issuer: string
  readonly issuerKey: string
  readonly out?: string
  readonly days?: number
  readonly unchecked?: boolean
}

/**
 * Who asks for an authority over a name must own it: the primary key has set a certificate with the same key on the ledger.
 * @throws ClientError `refused`
 */
async function checkOwner(context: Context, subtree: string, certificate: Certificate): Promise<void> {
  const client = await context.client()
  const name = parseName(subtree, client.genesis.zones)
  const { value } = await client.query((view, at) => {
    const { status } = readName(view, name, at)
    return status === 'active' || status === 'grace' ? readDomainCertificate(view, name) : undefined
  }, `/v1/names/${name}`)
  const key = value && readCertificate(value.certificate).publicKey
  if (key === undefined || certificate.publicKey === undefined || !equalBytes(key, certificate.publicKey)) {
    throw new ClientError(
      'refused',
      'owner-unproven',
      `the owner of ${name} has not set this key: he first sends "cresset name certificate ${name} --set FILE"`,
    )
  }
}

/** The authority of a zone vouches for whole names: what is below one, its owner issues, or anybody could have it past the owner. */
async function checkAsker(context: Context, purpose: CertificatePurpose, of: Certificate, issuer: Certificate) {
  if (purpose.kind === 'domain') return checkOwner(context, purpose.subtree, of)
  const { isAuthority, pathLength = Number.POSITIVE_INFINITY } = issuer.extensions.basicConstraints ?? {}
  if (!isAuthority || pathLength <= authorityPathLengths.domain) return
  throw new ClientError(
    'refused',
    'owner-unproven',
    `${describeSubject(issuer)} issues for whole names; the owner of the name issues for what is below it`,
  )
}

export function certificateIssue(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('issue')
    .description(
      "issue a certificate for the key and names of another one, made by \"certificate create\" or to be renewed: a domain certificate with the consortium's root, a sub-level's or a host's with a domain certificate",
    )
    .argument('<file>', 'certificate (PEM) that asks')
    .requiredOption('--issuer <file>', 'certificate of the authority that issues, with those above it')
    .requiredOption('--issuer-key <key>', "the authority's key: a file, an agent's or a token's")
    .option(
      '--out <file>',
      'where to write it, with the certificates above it but the root; FILE.issued.pem when left out',
    )
    .addOption(new Option('--days <number>', 'how long it is good').argParser(wholeNumber(1, 7_300)))
    .option(
      '--unchecked',
      'issue with the root without asking the ledger whether the owner set the key, or for less than a name',
    )
  kit.add<Options>(
    command,
    'cresset certificate issue shop.acme.ca.pem --issuer root/root.pem --issuer-key root/root.key --out shop.acme.pem',
    async (context, [path = ''], options) => {
      const [of] = await readCertificateFile(path)
      const above = await readCertificateFile(options.issuer)
      const nowMs = context.environment.nowMs()
      const purpose = purposeOf(of, nowMs)
      if (!options.unchecked) await checkAsker(context, purpose, of, above[0])
      const signer = await context.signer(options.issuerKey)
      const lifetime = options.days === undefined ? {} : { lifetimeMs: options.days * dayMs }
      const issued = await issueCertificate({ of, issuer: above[0], signer, nowMs, ...lifetime })
      const out = options.out ?? `${path.replace(/\.pem$/, '')}.issued.pem`
      await context.withKeys(writeCertificateFile(out, [issued, ...above]))
      const names = purpose.kind === 'host' ? [...purpose.hosts] : [purpose.subtree]
      context.output.result(
        { file: out, kind: purpose.kind, names, issuer: describeSubject(above[0]), notAfterMs: issued.notAfterMs },
        [
          `${describeSubject(above[0])} vouches for ${describeSubject(issued)} until ${formatTime(issued.notAfterMs)}`,
          `wrote ${out}`,
        ],
      )
    },
  )
}
