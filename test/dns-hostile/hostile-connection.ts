import { connect, type Socket } from 'node:net'
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises'
import { buildQuery, parseAbsoluteName, RecordType } from '@cresset/dns-wire'
import type { Random } from '../../tools/fuzz/random.ts'
import { concat, uint16 } from './message-parts.ts'

/** What one connection came to. */
export interface ConnectionOutcome {
  readonly kind: string
  readonly responses: readonly Uint8Array[]
  /** False when the server neither answered to the end nor closed it. */
  readonly isClosed: boolean
}

/** Longer than the server lets a connection idle, on a machine that is busy. */
const MAX_OPEN_MS = 20_000
/** One byte at a time costs a system call each. */
const MAX_SINGLE_BYTES = 120

interface Client {
  readonly socket: Socket
  readonly random: Random
}

type Abuse = (client: Client, frames: readonly Uint8Array[]) => void | Promise<void>

const framed = (message: Uint8Array, length = message.length): Uint8Array => concat(uint16(length), message)
const stream = (frames: readonly Uint8Array[]): Uint8Array => concat(...frames.map((frame) => framed(frame)))
const zoneTransfer = buildQuery({ id: 1, name: parseAbsoluteName('nsec.test'), type: RecordType.AXFR })

/** Each with how often it is taken; whoever waits for the server to give up keeps a connection until then. */
const abuses: readonly (readonly [string, number, Abuse])[] = [
  ['many at once, then half-closed', 6, ({ socket }, frames) => void socket.end(stream(frames))],
  [
    'one byte at a time',
    3,
    async ({ socket }, frames) => {
      const bytes = stream(frames)
      for (const byte of bytes.subarray(0, MAX_SINGLE_BYTES)) {
        if (!socket.writable) return
        socket.write(Uint8Array.of(byte))
        await turn()
      }
      socket.end(bytes.subarray(MAX_SINGLE_BYTES))
    },
  ],
  [
    'in pieces',
    4,
    async ({ socket, random }, frames) => {
      const bytes = stream(frames)
      for (let start = 0; start < bytes.length && socket.writable; ) {
        const end = start + 1 + random.below(100)
        socket.write(bytes.subarray(start, end))
        start = end
        await turn()
      }
      socket.end()
    },
  ],
  [
    'lengths that lie',
    6,
    ({ socket, random }, frames) => {
      const lied = frames.map((frame) => {
        if (!random.oneIn(4)) return framed(frame)
        return framed(frame, random.oneIn(2) ? random.below(frame.length + 1) : frame.length + random.below(4_000))
      })
      socket.end(concat(...lied))
    },
  ],
  [
    'longer than any query',
    2,
    ({ socket, random }, frames) => void socket.end(concat(stream(frames), uint16(4_097 + random.below(61_439)))),
  ],
  [
    'empty frames',
    2,
    ({ socket, random }, frames) => void socket.end(concat(stream(frames), new Uint8Array(2 * random.below(400)))),
  ],
  [
    'noise',
    2,
    ({ socket, random }, frames) => void socket.end(concat(random.bytes(random.below(3_000)), stream(frames))),
  ],
  [
    'reset at once',
    3,
    ({ socket }, frames) => {
      socket.write(stream(frames))
      socket.resetAndDestroy()
    },
  ],
  [
    'reset at the first answer',
    3,
    ({ socket }, frames) => {
      socket.once('data', () => socket.resetAndDestroy())
      socket.write(stream([...frames, zoneTransfer]))
    },
  ],
  [
    'asks for much and reads nothing',
    2,
    async ({ socket }, frames) => {
      socket.pause()
      socket.write(stream([...frames, ...Array.from({ length: 100 }, () => zoneTransfer)]))
      await pause(20)
      socket.resetAndDestroy()
    },
  ],
  [
    'half a frame, and stays',
    1,
    ({ socket, random }, frames) => {
      const bytes = stream(frames)
      socket.write(bytes.subarray(0, bytes.length - 1 - random.below(bytes.length - 1)))
    },
  ],
  ['nothing at all', 1, ({ socket }) => void socket.end()],
]

export const abuseKinds: readonly string[] = abuses.map(([kind]) => kind)
const drawn = abuses.flatMap((abuse) => Array.from({ length: abuse[1] }, () => abuse))

/** Sends the messages behind `prefix` over a connection of their own, in one of the ways that no honest client would. */
export async function hostileConnection(
  { port, prefix }: { readonly port: number; readonly prefix: Uint8Array },
  messages: readonly Uint8Array[],
  random: Random,
): Promise<ConnectionOutcome> {
  const [kind, , abuse] = random.pick(drawn)
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true })
  const chunks: Uint8Array[] = []
  // A server that closes on us is what we ask for.
  socket.on('error', () => undefined)
  socket.on('data', (chunk: Uint8Array) => chunks.push(chunk))
  socket.on('end', () => socket.end())
  const closed = new Promise<true>((resolve) => socket.on('close', () => resolve(true)))
  const late = new AbortController()
  if (prefix.length > 0) socket.write(prefix)
  await abuse({ socket, random }, messages)
  const isClosed = await Promise.race([closed, pause(MAX_OPEN_MS, false, { signal: late.signal }).catch(() => false)])
  late.abort()
  socket.destroy()
  return { kind, responses: unframed(concat(...chunks)), isClosed }
}

function unframed(bytes: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = []
  for (let start = 0; start + 2 <= bytes.length; ) {
    const end = start + 2 + (bytes[start] as number) * 256 + (bytes[start + 1] as number)
    // What a reset cut is no frame.
    if (end > bytes.length) break
    frames.push(bytes.subarray(start + 2, end))
    start = end
  }
  return frames
}
