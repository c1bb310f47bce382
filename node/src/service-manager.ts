/** Tells systemd, or whatever understands its protocol, how the process is: sd_notify(3). */
export interface ServiceManager {
  /** One assignment or several: `READY=1`, `STATUS=…`, `WATCHDOG=1`, `STOPPING=1`. Never waits, and never fails. */
  tell(...assignments: readonly string[]): void
  close(): void
}

// Linux: sys/socket.h, sys/un.h. Node opens no datagram sockets of this family.
const AF_UNIX = 1
const SOCK_DGRAM = 2
const SOCK_CLOEXEC = 0o2000000
const MSG_DONTWAIT = 0x40
const MSG_NOSIGNAL = 0x4000
const pathBytesMax = 108

interface SocketCalls {
  socket(family: number, type: number, protocol: number): number
  sendto(fd: number, bytes: Uint8Array, length: number, flags: number, to: Uint8Array, toLength: number): number
  close(fd: number): number
}

/** A library whose handle is collected is unloaded. */
const kept: unknown[] = []

async function socketCalls(): Promise<SocketCalls> {
  const koffi = (await import('koffi').then((module) => module.default)) as unknown as typeof import('koffi')
  const library = koffi.load(null)
  kept.push(library)
  return {
    socket: library.func('socket', 'int', ['int', 'int', 'int']),
    sendto: library.func('sendto', 'int', ['int', 'void *', 'size_t', 'int', 'void *', 'uint']),
    close: library.func('close', 'int', ['int']),
  }
}

/** For `$NOTIFY_SOCKET`: a path, or `@` and a name. Undefined without one, and where it cannot be reached. */
export async function openServiceManager(address: string | undefined): Promise<ServiceManager | undefined> {
  if (address === undefined || process.platform !== 'linux' || !/^[/@]./.test(address)) return undefined
  const name = new TextEncoder().encode(address)
  if (name.length >= pathBytesMax) return undefined
  // An abstract name begins with a zero byte, and has none at its end.
  if (address.startsWith('@')) name[0] = 0
  // struct sockaddr_un: the family in the machine's order of bytes, then the name.
  const to = Uint8Array.of(...new Uint8Array(Uint16Array.of(AF_UNIX).buffer), ...name)
  const calls = await socketCalls().catch(() => undefined)
  const fd = calls?.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) ?? -1
  if (calls === undefined || fd < 0) return undefined
  return {
    tell(...assignments) {
      const bytes = new TextEncoder().encode(assignments.map((line) => line.replaceAll('\n', ' ')).join('\n'))
      calls.sendto(fd, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL, to, to.length)
    },
    close: () => void calls.close(fd),
  }
}

/** How often the watchdog is fed: half of what `$WATCHDOG_USEC` allows. Undefined: it is not on, or for another process. */
export function watchdogIntervalMs(
  variables: Readonly<Record<string, string | undefined>>,
  pid: number,
): number | undefined {
  const { WATCHDOG_USEC: microseconds, WATCHDOG_PID: forPid } = variables
  if (microseconds === undefined || !/^\d{1,15}$/.test(microseconds)) return undefined
  if (forPid !== undefined && forPid !== '' && forPid !== String(pid)) return undefined
  return Math.max(1, Math.floor(Number(microseconds) / 2_000))
}
