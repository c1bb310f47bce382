/*
 * Reads what `strace -f -y -xx -s LIMIT -o FILE` recorded of the calls that change files. Calls of several threads are
 * interleaved; a call that another one cut in two ("<unfinished ...>", "<... resumed>") gives two events.
 */

export type SystemCall =
  | { kind: 'open'; path: string; file: number; isSynchronous: boolean; creates: boolean }
  | { kind: 'seek'; file: number; offset: number }
  | {
      kind: 'write'
      file: number
      path: string
      offset: number | undefined
      data: Uint8Array
      isDone: boolean
      call: number
    }
  /** The second half of a write that was cut in two. */
  | { kind: 'written'; call: number }
  | { kind: 'flush-begins'; path: string; call: number }
  | { kind: 'flushed'; path: string; call: number }
  | { kind: 'rename'; from: string; to: string }
  | { kind: 'truncate'; path: string; length: number }
  /** A line on standard output. */
  | { kind: 'line'; text: string }

/** Options that make a trace readable by `parseTrace`. */
export const TRACE_OPTIONS: readonly string[] = [
  '-f',
  '-y',
  '-xx',
  '-s',
  '33554432',
  '-e',
  'trace=openat,open,creat,lseek,write,writev,pwrite64,pwritev,pwritev2,fsync,fdatasync,sync_file_range,msync,ftruncate,truncate,fallocate,copy_file_range,rename,renameat,renameat2,unlink',
]

const hexBytes = (text: string): Uint8Array => {
  const data = new Uint8Array(text.length / 4)
  for (let index = 0; index < data.length; index++)
    data[index] = Number.parseInt(text.slice(index * 4 + 2, index * 4 + 4), 16)
  return data
}
const hexText = (text: string): string => Buffer.from(hexBytes(text)).toString()

/** The strings between quotes of a call's arguments, joined. */
function quoted(text: string): Uint8Array {
  const parts = [...text.matchAll(/"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?/g)]
  if (parts.some(([, , cut]) => cut !== undefined)) throw new Error('the trace cuts a string short')
  return Buffer.concat(parts.map(([, body]) => hexBytes(body as string)))
}

/** Number and path of a descriptor as `-y` prints it, path in hexadecimal. */
function descriptor(text: string): { file: number; path: string } {
  const found = /^(\d+)(?:<([^>]*)>)?/.exec(text)
  if (found === null) throw new Error(`no descriptor in ${text.slice(0, 80)}`)
  const path = found[2] ?? ''
  return { file: Number(found[1]), path: path.startsWith('\\x') ? hexText(path) : path }
}

interface Begun {
  readonly name: string
  readonly arguments: string
  readonly call: number
}

export function parseTrace(trace: string): SystemCall[] {
  const calls: SystemCall[] = []
  const begun = new Map<string, Begun>()
  let count = 0
  for (const line of trace.split('\n')) {
    const found = /^(\d+) +(.*)$/.exec(line)
    if (found === null) continue
    const [, thread, text] = found as unknown as [string, string, string]
    const resumed = /^<\.\.\. (\w+) resumed>(.*?)\)? *= (-?\d+)/.exec(text)
    if (resumed !== null) {
      const start = begun.get(thread)
      begun.delete(thread)
      if (start !== undefined && Number(resumed[3]) >= 0)
        end(calls, start, `${start.arguments}${resumed[2]}`, text, false)
      continue
    }
    const whole = /^(\w+)\((.*)\) *= (-?\d+|\?)/.exec(text)
    if (whole !== null) {
      const start = { name: whole[1] as string, arguments: whole[2] as string, call: count++ }
      if (Number(whole[3]) < 0) continue
      begin(calls, start, true)
      end(calls, start, start.arguments, text, true)
      continue
    }
    const cut = /^(\w+)\((.*) <unfinished \.\.\.>$/.exec(text)
    if (cut !== null) {
      const start = { name: cut[1] as string, arguments: cut[2] as string, call: count++ }
      begun.set(thread, start)
      begin(calls, start, false)
    }
  }
  return calls
}

const WRITES = new Set(['write', 'writev', 'pwrite64', 'pwritev', 'pwritev2'])
const FLUSHES = new Set(['fsync', 'fdatasync'])

function begin(calls: SystemCall[], { name, arguments: text, call }: Begun, isDone: boolean): void {
  if (WRITES.has(name)) {
    const { file, path } = descriptor(text)
    if (file === 1) {
      for (const printed of Buffer.from(quoted(text)).toString().trimEnd().split('\n'))
        calls.push({ kind: 'line', text: printed })
      return
    }
    const last = /, (0x[0-9a-f]+|\d+)\)?$/.exec(text)
    const offset = name.startsWith('p') ? Number((last as RegExpExecArray)[1]) : undefined
    calls.push({ kind: 'write', file, path, offset, data: quoted(text), isDone, call })
  } else if (FLUSHES.has(name)) {
    calls.push({ kind: 'flush-begins', path: descriptor(text).path, call })
  } else if (['msync', 'sync_file_range', 'fallocate', 'copy_file_range', 'truncate'].includes(name)) {
    throw new Error(`the trace has a call that the model of the disk does not know: ${name}(${text.slice(0, 200)}`)
  }
}

function end(calls: SystemCall[], { name, call }: Begun, text: string, line: string, isWhole: boolean): void {
  if (WRITES.has(name)) {
    if (!isWhole) calls.push({ kind: 'written', call })
  } else if (FLUSHES.has(name)) {
    calls.push({ kind: 'flushed', path: descriptor(text).path, call })
  } else if (name === 'lseek') {
    calls.push({
      kind: 'seek',
      file: descriptor(text).file,
      offset: Number(/= (\d+)/.exec(line.slice(line.lastIndexOf(')')))?.[1]),
    })
  } else if (name === 'ftruncate') {
    calls.push({ kind: 'truncate', path: descriptor(text).path, length: Number(/, (\d+)$/.exec(text)?.[1]) })
  } else if (name.startsWith('rename')) {
    const [from, to] = [...text.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, body]) => hexText(body as string))
    calls.push({ kind: 'rename', from: from as string, to: to as string })
  } else if (name.startsWith('open') || name === 'creat') {
    const result = descriptor(line.slice(line.lastIndexOf('= ') + 2))
    const isSynchronous = /O_D?SYNC/.test(text)
    calls.push({
      kind: 'open',
      path: result.path,
      file: result.file,
      isSynchronous,
      creates: /O_CREAT/.test(text) || name === 'creat',
    })
  }
}
