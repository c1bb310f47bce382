import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/** How far a receiver has been told. */
export interface WebhookCursor {
  /** All blocks below are told. */
  readonly height: number
  /** The newest message of that block that the receiver took; undefined for none. */
  readonly lastId?: string | undefined
}

export interface CursorStore {
  read(): Promise<WebhookCursor | undefined>
  /** Durable when it resolves. */
  write(cursor: WebhookCursor): Promise<void>
}

export function memoryCursor(): CursorStore {
  let kept: WebhookCursor | undefined
  return {
    read: async () => kept,
    write: async (cursor) => {
      kept = cursor
    },
  }
}

/** A cursor in a file. A damaged file counts as none: what is sent twice does less harm than what is never sent. */
export function fileCursor(path: string): CursorStore {
  return {
    async read() {
      try {
        const { height, lastId } = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>
        if (typeof height !== 'number' || !Number.isSafeInteger(height) || height < 0) return undefined
        return { height, ...(typeof lastId === 'string' ? { lastId } : {}) }
      } catch {
        return undefined
      }
    },
    async write(cursor) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      const temporary = `${path}.new`
      const file = await open(temporary, 'w', 0o600)
      try {
        await file.writeFile(JSON.stringify(cursor))
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, path)
      const folder = await open(dirname(path), 'r')
      await folder.sync().finally(() => folder.close())
    },
  }
}
