import { createHash } from 'node:crypto'
import { realpath, rm } from 'node:fs/promises'
import { createConnection, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StoreError } from './store-error.ts'

/** Longest wait for the holder of a lock to say who it is. */
const ANSWER_TIMEOUT_MS = 500

export interface FolderLock {
  release(): Promise<void>
}

/**
 * Takes a folder for this process until `release` or the end of the process, however it ends. The lock is a local socket
 * whose name is derived from the folder: the kernel gives it to one process at a time and takes it back by itself, so
 * there is no stale lock file to judge. On Linux the name is abstract and no file exists at all.
 * Rejects with StoreError `locked`.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const digest = createHash('sha256')
    .update(await realpath(folder))
    .digest('hex')
    .slice(0, 40)
  const isAbstract = process.platform === 'linux'
  const address = isAbstract ? `\0cresset-store-${digest}` : join(tmpdir(), `cresset-store-${digest}.socket`)
  for (let attempt = 0; ; attempt++) {
    const server = await listen(address)
    if (server !== undefined) return { release: () => new Promise((resolve) => server.close(() => resolve())) }
    const holder = await askHolder(address)
    if (holder !== undefined || isAbstract || attempt > 0) {
      const who = holder === undefined ? 'another process' : `process ${holder}`
      throw new StoreError('locked', `${folder} is in use by ${who}: stop it first, or choose another folder`)
    }
    // Elsewhere than on Linux the file of a killed process stays behind, and nobody answers there.
    await rm(address, { force: true })
  }
}

function listen(address: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.end(String(process.pid))
    })
    server.unref()
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    server.listen(address, () => resolve(server))
  })
}

/** Process id of who holds the lock; undefined when nobody answers. */
function askHolder(address: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(address)
    let answer = ''
    const finish = () => {
      socket.destroy()
      resolve(/^\d{1,10}$/.test(answer) ? Number(answer) : undefined)
    }
    socket.setTimeout(ANSWER_TIMEOUT_MS, finish)
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1', 0, 16)
      if (answer.length > 16) finish()
    })
    socket.on('error', finish)
    socket.on('end', finish)
  })
}
