import { lstat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { makeFolder } from '../make-folder.ts'
import { AgentError } from './agent-error.ts'

/** sockaddr_un: 108 bytes on Linux, 104 on macOS, the last one a zero. */
const MAX_SOCKET_PATH_BYTES = 103
const OTHERS = 0o077

/** Where an agent listens unless told otherwise: a folder of this user alone. */
export function defaultAgentSocket(runtimeFolder: string | undefined): string {
  const folder = runtimeFolder ? join(runtimeFolder, 'cresset') : join(tmpdir(), `cresset-${process.getuid?.() ?? 0}`)
  return join(folder, 'agent.sock')
}

/** Makes the socket's folder, or checks that it is ours alone. @throws AgentError */
export async function prepareSocketFolder(socketPath: string): Promise<void> {
  if (Buffer.byteLength(socketPath) > MAX_SOCKET_PATH_BYTES) {
    throw new AgentError(
      'bad-socket',
      `${socketPath} is over ${MAX_SOCKET_PATH_BYTES} bytes, too long for a socket; name a shorter one`,
    )
  }
  const folder = dirname(socketPath)
  try {
    await makeFolder(folder)
  } catch (cause) {
    throw new AgentError('bad-socket', `cannot make the folder ${folder}: ${(cause as NodeJS.ErrnoException).code}`, {
      cause,
    })
  }
  await checkOwn(folder, 'folder')
}

/** That a path is this user's and closed to others; a link is none. @throws AgentError `permissions` */
export async function checkOwn(path: string, kind: 'folder' | 'socket'): Promise<void> {
  const found = await lstat(path)
  if (kind === 'folder' ? !found.isDirectory() : !found.isSocket()) {
    throw new AgentError('bad-socket', `${path} is no ${kind}`)
  }
  const user = process.getuid?.()
  const isOurs = user === undefined || found.uid === user
  if (isOurs && (found.mode & OTHERS) === 0) return
  const problem = isOurs ? 'can be reached by other users of the machine' : 'belongs to another user'
  throw new AgentError('permissions', `${path} ${problem}; name another with --socket or CRESSET_AGENT`)
}
