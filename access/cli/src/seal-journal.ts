import { open, readdir, unlink } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { SealJournal, SealReference } from '@cresset/access-client'
import {
  asciiText,
  CodecError,
  equalBytes,
  fixedBytes,
  fromHex,
  hash32,
  toHex,
  uint53,
  versioned,
} from '@cresset/core-codec'
import { KeyFileError, makeFolder, readSecretFile, writeNewFile } from '@cresset/keys'
import { UsageError } from './exit-codes.ts'

const noteCodec = versioned(1, {
  chainId: asciiText({ maxBytes: 80 }),
  sender: hash32,
  sequence: uint53,
  name: asciiText({ maxBytes: 64 }),
  salt: fixedBytes(16),
  secret: hash32,
})

/** A head line, then the encoding in hex, as in the files of transactions. */
const fileHead = 'cresset-seal-secret-v1'
const ending = '.seal'
const maxFileBytes = 1024

type Variables = Readonly<Record<string, string | undefined>>

/** `$CRESSET_STATE`, or the user's folder for state (XDG base directories). */
export function stateFolder({ CRESSET_STATE: named, XDG_STATE_HOME: stateHome }: Variables): string {
  return named || join(stateHome || join(homedir(), '.local', 'state'), 'cresset')
}

/** A new folder is durable once the folders above it are. */
async function makeDurableFolder(folder: string): Promise<void> {
  const first = await makeFolder(folder)
  if (first === undefined) return
  for (let at = resolve(folder); at.length >= dirname(first).length; at = dirname(at)) {
    const handle = await open(at, 'r')
    await handle.sync().finally(() => handle.close())
    if (at === dirname(at)) break
  }
}

/** The random values of seals made with keys that only sign: one file of mode 0600 a seal, named by the seal's salt. */
export class FileSealJournal implements SealJournal {
  readonly folder: string

  constructor(state: string) {
    this.folder = join(state, 'seals')
  }

  #path(salt: Uint8Array): string {
    return join(this.folder, `${toHex(salt)}${ending}`)
  }

  async keep(seal: SealReference, secret: Uint8Array): Promise<void> {
    await makeDurableFolder(this.folder)
    // Whole, flushed and never overwritten; the file system's refusal stops the registration before anything is sent.
    await writeNewFile(this.#path(seal.salt), `${fileHead}\n${toHex(noteCodec.encode({ ...seal, secret }))}\n`)
  }

  async #read(path: string) {
    const content = Buffer.from(await readSecretFile(path, { maxBytes: maxFileBytes })).toString('latin1')
    const [head, hex = ''] = content.split('\n')
    try {
      if (head !== fileHead) throw new CodecError('wrong-type', fileHead)
      return noteCodec.decode(fromHex(hex))
    } catch {
      throw new UsageError(`${path} is damaged; without it the seal that it belongs to cannot be revealed`)
    }
  }

  async find(
    place: { readonly chainId: string; readonly sender: Uint8Array; readonly sequence: number },
    salt: Uint8Array,
  ): Promise<Uint8Array | undefined> {
    try {
      const note = await this.#read(this.#path(salt))
      const isOf =
        note.chainId === place.chainId && note.sequence === place.sequence && equalBytes(note.sender, place.sender)
      return isOf ? note.secret : undefined
    } catch (error) {
      if (error instanceof KeyFileError && error.code === 'not-found') return undefined
      throw error
    }
  }

  async forget(chainId: string, sender: Uint8Array, name: string): Promise<void> {
    const files = await readdir(this.folder).catch(() => [])
    for (const file of files.filter((candidate) => candidate.endsWith(ending))) {
      const path = join(this.folder, file)
      const note = await this.#read(path).catch(() => undefined)
      if (note && note.chainId === chainId && note.name === name && equalBytes(note.sender, sender)) await unlink(path)
    }
  }
}
