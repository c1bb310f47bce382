import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rename, rm, stat } from 'node:fs/promises'
import { concatBytes, toHex, utf8 } from '@cresset/core-codec'
import {
  accountOf,
  decryptFile,
  encryptFile,
  FILE_SALT_BYTES,
  FileCipherError,
  type Signer,
} from '@cresset/core-crypto'
import { authorshipHash, readNotarization } from '@cresset/core-ledger'
import { type Command, Option } from 'commander'
import { accountForms, accountFromArgument } from '../account-argument.ts'
import { formatTime } from '../amounts.ts'
import type { CommandKit } from '../command-kit.ts'
import type { Context } from '../context.ts'
import { ClientError, UsageError } from '../exit-codes.ts'
import { digestOf } from '../file-digest.ts'
import { cannotMake } from '../file-problem.ts'
import { sendOrWrite } from '../offline.ts'
import { restsOnJson, restsOnLine } from '../rests-on.ts'
import { addSendingOptions, printSent, type SendingOptions } from '../sending.ts'

interface Options extends SendingOptions {
  readonly check?: boolean
  readonly encrypt?: boolean
  readonly decrypt?: boolean
  readonly plain?: boolean
  readonly signer?: string
}

const sealedEnding = '.sealed'

/** The file's key comes from the owner's key and the salt in the file: the key file alone opens it again. */
function fileSecret(signer: Signer): (salt: Uint8Array) => Promise<Uint8Array> {
  const { secretFor } = signer
  if (!secretFor)
    throw new UsageError(
      'this key only signs: a P-256 key in a token derives nothing; encrypt with a key file, an agent, or an Ed25519 token',
    )
  return (salt) => secretFor.call(signer, concatBytes(utf8('cresset/file-secret/v1'), salt))
}

/** Writes a whole new file or none. */
async function writeStream(path: string, source: AsyncIterable<Uint8Array>): Promise<void> {
  if (await stat(path).catch(() => undefined)) throw new UsageError(`${path} exists; move it away first`)
  // A name that nobody can have laid a file of theirs under.
  const partial = `${path}.${toHex(new Uint8Array(randomBytes(8)))}.partial`
  const file = await open(partial, 'wx', 0o600).catch(cannotMake(partial))
  try {
    for await (const part of source) await file.write(part)
    await file.sync()
    await file.close()
    await rename(partial, path)
  } catch (error) {
    await file.close().catch(() => undefined)
    await rm(partial, { force: true })
    if (error instanceof FileCipherError) throw new ClientError('refused', error.code, error.message, { cause: error })
    throw error
  }
}

async function decrypt(context: Context, path: string): Promise<void> {
  if (!path.endsWith(sealedEnding)) throw new UsageError(`${path} does not end in ${sealedEnding}`)
  const out = path.slice(0, -sealedEnding.length)
  await writeStream(out, decryptFile(createReadStream(path), fileSecret(await context.signer())))
  context.output.result({ file: out }, [`opened: ${out}`])
}

async function encrypt(context: Context, path: string): Promise<string> {
  const out = `${path}${sealedEnding}`
  const salt = new Uint8Array(randomBytes(FILE_SALT_BYTES))
  const secret = await fileSecret(await context.signer())(salt)
  await writeStream(out, encryptFile(createReadStream(path), { secret, salt }))
  return out
}

async function check(context: Context, path: string, digest: Uint8Array, options: Options): Promise<void> {
  const signer = await accountFromArgument(context, options.signer ?? context.keyName())
  const client = await context.client()
  for (const hash of [authorshipHash(signer, digest), digest]) {
    const { value, rests } = await client.query(
      (view) => readNotarization(view, hash, signer),
      `/v1/notarizations/${toHex(hash)}?signer=${toHex(signer)}`,
    )
    if (!value) continue
    context.output.result(
      {
        file: path,
        digest,
        hash,
        form: value.form,
        signer,
        height: value.height,
        timeMs: value.timeMs,
        rests: restsOnJson(rests),
      },
      [
        `${path} was notarized by ${toHex(signer)} in block ${value.height} at ${formatTime(value.timeMs)}`,
        restsOnLine(rests),
      ],
    )
    return
  }
  throw new ClientError(
    'not-found',
    'not-notarized',
    `${path} (digest ${toHex(digest)}) was not notarized by ${toHex(signer)}`,
  )
}

export function notarizeCommand(program: Command, kit: CommandKit): void {
  const command = addSendingOptions(
    program
      .command('notarize')
      .description('record that you hold a file, as it is now; the file stays with you')
      .argument('<file>', 'any file')
      .option('--plain', 'record the digest itself, so that anyone can look it up; else only you can use the record')
      .addOption(
        new Option('--check', 'look whether and when the file was notarized').conflicts(['encrypt', 'decrypt']),
      )
      .addOption(
        new Option('--encrypt', `write FILE${sealedEnding}, encrypted to your key, and record its digest`).conflicts(
          'decrypt',
        ),
      )
      .option('--decrypt', `open FILE${sealedEnding} again`)
      .option('--signer <account>', `with --check: whose record (${accountForms}); that of --key when left out`),
  )
  kit.add<Options>(command, 'cresset notarize contract.pdf --key alice.key', async (context, [given = ''], options) => {
    if (options.decrypt) return decrypt(context, given)
    if (options.check) return check(context, given, await digestOf(given), options)
    await digestOf(given)
    const path = options.encrypt ? await encrypt(context, given) : given
    const digest = await digestOf(path)
    const key = await context.publicKey()
    const form = options.plain ? ('plain' as const) : ('authorship' as const)
    const hash = options.plain ? digest : authorshipHash(accountOf(key), digest)
    const action = { kind: 'notarize' as const, body: { hash, form } }
    const sent = await sendOrWrite(context, options, action, `notarizing ${path}`)
    if (sent === undefined) return
    printSent(context, sent, [`notarized ${path}`, `digest ${toHex(digest)}`], { file: path, digest, hash, form })
  })
}
