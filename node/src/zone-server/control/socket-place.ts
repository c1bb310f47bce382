import { chmod, lstat, unlink } from 'node:fs/promises'
import { connect, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { makeFolder } from '@cresset/keys'
import { StartError } from '../../start-error.ts'

/** sockaddr_un: 108 bytes on Linux, 104 on macOS, the last one a zero. */
const MAX_SOCKET_PATH_BYTES = 103
const SOCKET_MODE = 0o600
const OTHERS = 0o077

/** Where a name server of this user is spoken to unless told otherwise. */
export function defaultControlSocket(runtimeFolder: string | undefined): string {
  const folder = runtimeFolder ? join(runtimeFolder, 'cresset') : join(tmpdir(), `cresset-${process.getuid?.() ?? 0}`)
  return join(folder, 'dns.sock')
}

/** Listens in a folder that is this user's alone, which is made when it is not there. @throws StartError */
export async function listenAt(server: Server, path: string): Promise<void> {
  const fail = (problem: string, cause?: unknown): never => {
    throw new StartError('configuration', `--control ${path}: ${problem}`, { cause })
  }
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES)
    fail(`over ${MAX_SOCKET_PATH_BYTES} bytes, too long for a socket; name a shorter one`)
  const folder = dirname(path)
  await makeFolder(folder).catch((error: NodeJS.ErrnoException) =>
    fail(`cannot make the folder ${folder}: ${error.code}`, error),
  )
  if (!(await isOwn(folder)))
    fail(
      `${folder} must be a folder of this user alone (chmod 700); name a socket in one of its own, such as ${join(folder, 'cresset', basename(path))}`,
    )
  if (await isListenedOn(path)) fail('another server listens there; end it, or name another socket')
  const stale = await lstat(path).catch(() => undefined)
  if (stale !== undefined && !stale.isSocket()) fail('it is in the way, and no socket')
  // Left by a process that was killed.
  if (stale !== undefined) await unlink(path)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  }).catch((error: Error) => fail(error.message, error))
  await chmod(path, SOCKET_MODE)
}

/** True for what belongs to this user, and that no other can reach; a link is none. */
async function isOwn(folder: string): Promise<boolean> {
  const { uid, mode, isDirectory } = await lstat(folder).then((found) => ({
    uid: found.uid,
    mode: found.mode,
    isDirectory: found.isDirectory(),
  }))
  const user = process.getuid?.()
  return isDirectory && (mode & OTHERS) === 0 && (user === undefined || uid === user)
}

function isListenedOn(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path)
    probe.on('connect', () => {
      probe.destroy()
      resolve(true)
    })
    probe.on('error', () => resolve(false))
  })
}
