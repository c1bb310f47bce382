import { join } from 'node:path'
import { isCancel, password } from '@clack/prompts'
import { readBoundedFile } from '../bounded-file.ts'
import { UsageError } from '../exit-codes.ts'

/** Greatest passphrase that is read from a file, in bytes. */
const maxPassphraseBytes = 1024

export interface PassphraseSource {
  /** `--passphrase-file FILE`. */
  readonly file?: string | undefined
  /** systemd's `$CREDENTIALS_DIRECTORY`; the credential is named `cresset-passphrase`. */
  readonly credentialsDirectory?: string | undefined
  readonly interactive: boolean
}

async function readPassphraseFile(path: string): Promise<Uint8Array> {
  const content = await readBoundedFile(path, maxPassphraseBytes, `the passphrase file ${path}`)
  const end = content.at(-1) === 0x0a ? content.length - 1 : content.length
  if (end === 0) throw new UsageError(`the passphrase file ${path} is empty`)
  return new Uint8Array(content.subarray(0, end))
}

async function prompt(message: string): Promise<Uint8Array> {
  const answer = await password({ message, output: process.stderr })
  if (isCancel(answer)) throw new UsageError('stopped at the passphrase; nothing was done')
  return new TextEncoder().encode(answer)
}

/** A passphrase never comes by argument or environment, where other users of the machine can read it. */
export async function askPassphrase(source: PassphraseSource, message: string, confirm: boolean): Promise<Uint8Array> {
  if (source.file !== undefined) return readPassphraseFile(source.file)
  if (source.credentialsDirectory !== undefined) {
    return readPassphraseFile(join(source.credentialsDirectory, 'cresset-passphrase'))
  }
  if (!source.interactive) {
    const what = message.replace(/^A /, 'a ').replace(/^(Passphrase|New)/, (word) => `the ${word.toLowerCase()}`)
    throw new UsageError(
      `${what.replace(/^PIN/, 'the PIN')} is needed: give --passphrase-file FILE, or run in a terminal`,
    )
  }
  const first = await prompt(message)
  if (confirm) {
    const second = await prompt('The same passphrase again')
    if (Buffer.compare(first, second) !== 0) throw new UsageError('the two passphrases differ; nothing was written')
  }
  return first
}
