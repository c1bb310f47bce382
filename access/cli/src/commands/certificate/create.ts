import { randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { splitHost } from '@cresset/access-client'
import {
  buildAuthorityCertificate,
  buildSelfSignedHostCertificate,
  type CertificateSigner,
  readCertificate,
} from '@cresset/core-certificates'
import { generateKeyPair, keyPairSigner } from '@cresset/core-crypto'
import { hostName } from '@cresset/core-ledger'
import { createKeyFile, openKeyFile, pkcs8Pem, writeNewFile } from '@cresset/keys'
import { type Command, Option } from 'commander'
import { writeCertificateFile } from '../../certificate-file.ts'
import { type CommandKit, wholeNumber } from '../../command-kit.ts'
import type { Context } from '../../context.ts'
import { UsageError } from '../../exit-codes.ts'
import { columns } from '../../terminal/output.ts'

const dayMs = 86_400_000

const purposes = ['host', 'sub-level', 'domain'] as const

interface Options {
  readonly for?: (typeof purposes)[number]
  readonly out?: string
  readonly authorityKey?: string
  readonly passphrase: boolean
  readonly days?: number
}

interface MadeKey {
  readonly signer: CertificateSigner
  readonly file: string | undefined
}

async function mustBeNew(path: string): Promise<void> {
  if (await stat(path).catch(() => undefined)) throw new UsageError(`${path} exists; give --out another name`)
}

/** The key of an authority signs seldom, so it is kept as owners keep theirs; a web server reads its key at each start. */
async function authoritySigner(context: Context, path: string, subtree: string, options: Options): Promise<MadeKey> {
  if (options.authorityKey !== undefined) return { signer: await context.signer(options.authorityKey), file: undefined }
  await mustBeNew(path)
  const passphrase = options.passphrase ? await context.passphrase(`A passphrase for ${path}`, true) : undefined
  const protection = passphrase ? { passphrase } : {}
  await context.withKeys(createKeyFile(path, { type: 'p256', comment: `authority of ${subtree}`, ...protection }))
  const key = await context.withKeys(openKeyFile(path, { passphrase: async () => passphrase ?? new Uint8Array() }))
  return { signer: key, file: path }
}

export function certificateCreate(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('create')
    .description(
      'make a key and a certificate signed by it; it is good as it is for those who ask the ledger, and is the request for "certificate issue"',
    )
    .argument('<name>', 'a name (its domain certificate), or a host below it')
    .addOption(
      new Option('--for <purpose>', 'what it is for; domain for a name, host for a host when left out').choices([
        ...purposes,
      ]),
    )
    .option('--out <file>', 'FILE.key and FILE.pem; the name, with .ca for authorities, when left out')
    .option('--authority-key <key>', 'a key that exists for an authority, also in an agent or a token')
    .option('--no-passphrase', "keep an authority's new key in its file as it is")
    .addOption(new Option('--days <number>', 'how long it is good').argParser(wholeNumber(1, 7_300)))
  kit.add<Options>(
    command,
    'cresset certificate create t.shop.acme --for sub-level',
    async (context, [text = ''], options) => {
      const { zones } = await context.genesis()
      const place = splitHost(text, zones)
      const full = hostName(place.host, place.name)
      const purpose = options.for ?? (place.host === '' ? 'domain' : 'host')
      if (purpose === 'domain' && place.host !== '')
        throw new UsageError(`${full} is a host; the domain certificate is of ${place.name}`)
      if (purpose === 'sub-level' && place.host === '')
        throw new UsageError(`${full} is a name; its certificate is made with --for domain`)
      if (purpose === 'host' && options.authorityKey !== undefined)
        throw new UsageError('--authority-key is for authorities; publish a host with a key of its own')
      const base = options.out ?? (purpose === 'host' ? full : `${full}.ca`)
      await mustBeNew(`${base}.pem`)
      const life = {
        nowMs: context.environment.nowMs(),
        random: new Uint8Array(randomBytes(16)),
        ...(options.days === undefined ? {} : { lifetimeMs: options.days * dayMs }),
      }
      const { file, der } =
        purpose === 'host' ? await makeHost() : await makeAuthority(purpose === 'domain' ? 'domain' : 'delegated')
      await writeCertificateFile(`${base}.pem`, [readCertificate(der)])
      const files = [...(file === undefined ? [] : [file]), `${base}.pem`]
      context.output.result({ name: full, purpose, files }, [
        ...columns([['for', `${purpose === 'host' ? 'the host' : 'the authority of'} ${full}`]]),
        ...files.map((path) => `wrote ${path}`),
        nextStep(purpose, place.name, `${base}.pem`),
      ])

      async function makeHost() {
        const path = `${base}.key`
        await mustBeNew(path)
        const pair = generateKeyPair('p256', new Uint8Array(randomBytes(32)))
        await writeNewFile(path, pkcs8Pem(pair))
        return {
          file: path,
          der: await buildSelfSignedHostCertificate({ hosts: [full], ...life }, keyPairSigner(pair)),
        }
      }

      async function makeAuthority(kind: 'domain' | 'delegated') {
        const made = await authoritySigner(context, `${base}.key`, full, options)
        const { publicKey } = made.signer
        const request = { kind, subtree: full, publicKey, ...life }
        return { file: made.file, der: await buildAuthorityCertificate(request, made.signer) }
      }
    },
  )
}

function nextStep(purpose: (typeof purposes)[number], name: string, path: string): string {
  if (purpose === 'domain') return `next: cresset name certificate ${name} --set ${path} --key KEY`
  return `next: cresset certificate issue ${path} --issuer ${purpose === 'host' ? 'CA.pem' : `${name}.ca.pem`} --issuer-key KEY`
}
