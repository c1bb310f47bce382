import { open } from 'node:fs/promises'

/** Makes names in a folder durable: a new or renamed file is found after a power cut only then. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
