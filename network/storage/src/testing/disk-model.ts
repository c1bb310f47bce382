import type { SystemCall } from './system-calls.ts'

/*
 * What a disk holds after a power cut, by the calls that led to it. A write is certain once a flush of its file that began
 * after it has ended, or at its end through a descriptor opened with O_DSYNC; a name is certain once its folder was flushed.
 * Everything else may have reached the disk or not, each write for itself.
 */

interface PendingWrite {
  readonly call: number
  readonly offset: number
  readonly data: Uint8Array
}

interface File {
  certain: Uint8Array
  pending: PendingWrite[]
}

/** Chooses which uncertain writes of a file the disk kept. */
export type Kept = (write: { offset: number; index: number }) => boolean

export class DiskModel {
  readonly #folder: string
  readonly #paths: ReadonlySet<string>
  readonly #files = new Map<string, File>()
  #certainNames = new Map<string, File>()
  readonly #descriptors = new Map<number, { path: string; offset: number; isSynchronous: boolean }>()
  readonly #flushing = new Map<number, PendingWrite[]>()
  readonly #writing = new Map<number, { file: File; write: PendingWrite }>()

  /** Only these files of the folder are followed. */
  constructor(folder: string, names: readonly string[]) {
    this.#folder = folder
    this.#paths = new Set(names.map((name) => `${folder}/${name}`))
  }

  /** Takes the next call. Calls on other files do nothing. */
  apply(call: SystemCall): void {
    switch (call.kind) {
      case 'open':
        this.#descriptors.set(call.file, { path: call.path, offset: 0, isSynchronous: call.isSynchronous })
        if (call.creates && this.#paths.has(call.path) && !this.#files.has(call.path)) {
          this.#files.set(call.path, { certain: new Uint8Array(0), pending: [] })
        }
        return
      case 'seek': {
        const descriptor = this.#descriptors.get(call.file)
        if (descriptor !== undefined) descriptor.offset = call.offset
        return
      }
      case 'write':
        this.#write(call)
        return
      case 'written': {
        const found = this.#writing.get(call.call)
        if (found !== undefined) settle(found.file, [found.write])
        return
      }
      case 'flush-begins':
        this.#flushing.set(call.call, [...(this.#files.get(call.path)?.pending ?? [])])
        return
      case 'flushed': {
        const file = this.#files.get(call.path)
        if (file !== undefined) settle(file, this.#flushing.get(call.call) ?? [])
        if (call.path === this.#folder) this.#certainNames = new Map(this.#files)
        return
      }
      case 'rename': {
        const file = this.#files.get(call.from)
        if (file === undefined) return
        this.#files.delete(call.from)
        this.#files.set(call.to, file)
        return
      }
      case 'truncate':
        if (this.#files.has(call.path)) throw new Error(`the model does not know how to cut ${call.path}`)
        return
      case 'line':
    }
  }

  /** Uncertain writes to a file, by its name in the folder. */
  pending(name: string): readonly { readonly offset: number }[] {
    return this.#files.get(`${this.#folder}/${name}`)?.pending ?? []
  }

  /**
   * Content of a file after a cut now: what is certain and those uncertain writes that `kept` chooses. Undefined where the
   * name itself is not there; `namesKept` says whether names that are not certain are.
   */
  image(name: string, kept: Kept, namesKept: boolean): Uint8Array | undefined {
    const names = namesKept ? this.#files : this.#certainNames
    const file = names.get(`${this.#folder}/${name}`)
    if (file === undefined) return undefined
    const chosen = file.pending.filter(({ offset }, index) => kept({ offset, index }))
    const length = chosen.reduce((end, { offset, data }) => Math.max(end, offset + data.length), file.certain.length)
    const image = new Uint8Array(length)
    image.set(file.certain, 0)
    for (const { offset, data } of chosen) image.set(data, offset)
    return image
  }

  #write({ file: number, path, offset, data, isDone, call }: Extract<SystemCall, { kind: 'write' }>): void {
    const file = this.#files.get(path)
    if (file === undefined) return
    const descriptor = this.#descriptors.get(number)
    if (descriptor === undefined) throw new Error(`a write to ${path} through a descriptor that was never opened`)
    const at = offset ?? descriptor.offset
    if (offset === undefined) descriptor.offset += data.length
    const write = { call, offset: at, data }
    file.pending.push(write)
    if (!descriptor.isSynchronous) return
    if (isDone) settle(file, [write])
    else this.#writing.set(call, { file, write })
  }
}

function settle(file: File, writes: readonly PendingWrite[]): void {
  for (const { offset, data } of writes) {
    const end = offset + data.length
    if (end > file.certain.length) {
      const longer = new Uint8Array(end)
      longer.set(file.certain, 0)
      file.certain = longer
    }
    file.certain.set(data, offset)
  }
  const settled = new Set(writes)
  file.pending = file.pending.filter((write) => !settled.has(write))
}
