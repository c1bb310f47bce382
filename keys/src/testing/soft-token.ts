import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** A SoftHSM2 token in a folder of its own. */
export interface SoftToken {
  readonly label: string
  readonly pin: string
  readonly pinFile: string
  readonly module: string
  /** What a process needs to see the token. */
  readonly variables: Readonly<Record<string, string>>
  /** Of a key, with the module and the source of the PIN. */
  uri(object: string): string
  remove(): Promise<void>
}

const places = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib64/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
  '/opt/homebrew/lib/softhsm/libsofthsm2.so',
]

/** `softHsmModule` says where the module is; tests skip with the reason when it is not installed (`skipWithout('softhsm2-util')`). */
export function softHsmModule(): string {
  const found = places.find((path) => existsSync(path))
  if (found === undefined) throw new Error(`softhsm2-util is there, its module in none of ${places.join(', ')}`)
  return found
}

export async function makeSoftToken(label = 'test'): Promise<SoftToken> {
  const folder = await mkdtemp(join(tmpdir(), 'cresset-token-'))
  const [configuration, pinFile, pin] = [join(folder, 'softhsm2.conf'), join(folder, 'pin'), '1234']
  await mkdir(join(folder, 'tokens'))
  await writeFile(configuration, `directories.tokendir = ${join(folder, 'tokens')}\nlog.level = ERROR\n`)
  await writeFile(pinFile, `${pin}\n`, { mode: 0o600 })
  const variables = { SOFTHSM2_CONF: configuration }
  const args = ['--init-token', '--free', '--label', label, '--pin', pin, '--so-pin', '12345678']
  await promisify(execFile)('softhsm2-util', args, { env: { ...process.env, ...variables } })
  const module = softHsmModule()
  return {
    label,
    pin,
    pinFile,
    module,
    variables,
    uri: (object) => `pkcs11:token=${label};object=${object}?module-path=${module}&pin-source=file:${pinFile}`,
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
