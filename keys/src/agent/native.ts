import type { Socket } from 'node:net'

// Linux: asm-generic/socket.h and linux/prctl.h.
const SOL_SOCKET = 1
const SO_PEERCRED = 17
const PR_SET_DUMPABLE = 4

interface LinuxCalls {
  getsockopt(fd: number, level: number, option: number, value: Buffer, length: Buffer): number
  prctl(option: number, argument: number, a: number, b: number, c: number): number
}

/** Two calls of the C library that Node has not; undefined where they cannot be made. */
async function linuxCalls(): Promise<LinuxCalls | undefined> {
  if (process.platform !== 'linux') return undefined
  try {
    const koffi = (await import('koffi').then((module) => module.default)) as unknown as typeof import('koffi')
    const library = koffi.load(null)
    kept.push(library)
    return {
      getsockopt: library.func('getsockopt', 'int', ['int', 'int', 'int', 'void *', 'void *']),
      prctl: library.func('prctl', 'int', ['int', 'ulong', 'ulong', 'ulong', 'ulong']),
    }
  } catch {
    return undefined
  }
}

/** A library whose handle is collected is unloaded. */
const kept: unknown[] = []
let calls: Promise<LinuxCalls | undefined> | undefined
const nativeCalls = (): Promise<LinuxCalls | undefined> => {
  calls ??= linuxCalls()
  return calls
}

/** No core dump, and no debugger of the same user. Whether the system did it. */
export async function hideMemory(): Promise<boolean> {
  return (await nativeCalls())?.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) === 0
}

/** The user at the other end of a Unix socket, or undefined where the system does not tell. */
export async function peerUser(socket: Socket): Promise<number | undefined> {
  const native = await nativeCalls()
  const fd = (socket as unknown as { _handle?: { fd?: number } })._handle?.fd
  if (!native || fd === undefined || fd < 0) return undefined
  // struct ucred: process, user, group.
  const credentials = Buffer.alloc(12)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(credentials.length)
  return native.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials, length) === 0
    ? credentials.readUInt32LE(4)
    : undefined
}
