import { domainCertificateAction, parseName } from '@cresset/access-client'
import { readCertificate } from '@cresset/core-certificates'
import { toHex } from '@cresset/core-codec'
import { sha256 } from '@cresset/core-crypto'
import { readDomainCertificate } from '@cresset/core-ledger'
import { type Command, Option } from 'commander'
import { formatTime } from '../../amounts.ts'
import { readCertificateFile, writeCertificateFile } from '../../certificate-file.ts'
import type { CommandKit } from '../../command-kit.ts'
import { ClientError } from '../../exit-codes.ts'
import { sendOrWrite } from '../../offline.ts'
import { restsOnJson, restsOnLine } from '../../rests-on.ts'
import { addSendingOptions, printSent, type SendingOptions } from '../../sending.ts'
import { columns } from '../../terminal/output.ts'

interface Options extends SendingOptions {
  readonly set?: string
  readonly remove?: boolean
  readonly out?: string
}

export function nameCertificate(parent: Command, kit: CommandKit): void {
  const command = addSendingOptions(
    parent
      .command('certificate')
      .description("show, set or renew a name's domain certificate, the authority of its hosts")
      .argument('<name>', 'for example shop.acme')
      .addOption(new Option('--set <file>', 'certificate (PEM) to hold from now on').conflicts(['remove', 'out']))
      .addOption(new Option('--remove', 'hold none any more').conflicts(['out']))
      .option('--out <file>', 'write the one held to a file'),
  )
  const example = 'cresset name certificate shop.acme --set shop.acme.pem --key alice.key'
  kit.add<Options>(command, example, async (context, [text = ''], options) => {
    const client = await context.client()
    const name = parseName(text, client.genesis.zones)
    if (options.set === undefined && !options.remove) {
      const { value, rests } = await client.query(
        (view) => readDomainCertificate(view, name),
        `/v1/names/${name}/certificate`,
      )
      if (value === undefined)
        throw new ClientError(
          'not-found',
          'domain-certificate-absent',
          `${name} holds no domain certificate; ${restsOnLine(rests)}`,
        )
      const certificate = readCertificate(value.certificate)
      if (options.out !== undefined) await context.withKeys(writeCertificateFile(options.out, [certificate]))
      const digest = toHex(sha256(value.certificate))
      context.output.result(
        { name, digest, certificate: value.certificate, notAfterMs: certificate.notAfterMs, rests: restsOnJson(rests) },
        [
          ...columns([
            ['name', name],
            ['digest', digest],
            ['good until', formatTime(certificate.notAfterMs)],
          ]),
          ...(options.out === undefined ? [] : [`wrote ${options.out}`]),
          restsOnLine(rests),
        ],
      )
      return
    }
    const certificate = options.set === undefined ? undefined : (await readCertificateFile(options.set))[0].der
    const action = domainCertificateAction(name, certificate)
    const sent = await sendOrWrite(context, options, action, `the domain certificate of ${name}`)
    if (sent === undefined) return
    const digest = certificate && toHex(sha256(certificate))
    printSent(
      context,
      sent,
      [
        certificate === undefined
          ? `${name} holds no domain certificate any more`
          : `${name} holds the certificate ${digest}`,
      ],
      { name, ...(digest === undefined ? {} : { digest }) },
    )
  })
}
