import type { Listen } from '@cresset/node'
import { UsageError } from '../../exit-codes.ts'

/** Places that an option names, as `HOST:PORT`; `port` is the one that is usual there. @throws UsageError */
export async function listenPlaces(flag: string, texts: readonly string[], port: number): Promise<Listen[]> {
  const { listenFromText } = await import('@cresset/node')
  return texts.map((text) => {
    const listen = listenFromText(text)
    if (listen === undefined)
      throw new UsageError(`${flag} ${text}: give an address and a port, such as 127.0.0.1:${port} or [::1]:${port}`)
    return listen
  })
}
