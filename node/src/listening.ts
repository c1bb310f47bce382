import { type Listen, listenToText } from './folder/listen.ts'
import { StartError } from './start-error.ts'

/** Opens a listener; a port that cannot be had becomes one line that names it and the flag that changes it. */
export async function listening<T>(service: string, flag: string, at: Listen, open: () => Promise<T>): Promise<T> {
  try {
    return await open()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const place = `${service} cannot listen on ${listenToText(at)}`
    const change = `stop the other program, or choose another port with ${flag}`
    if (code === 'EADDRINUSE') {
      throw new StartError('port-in-use', `${place}: port ${at.port} is in use; ${change}`, { cause: error })
    }
    if (code === 'EACCES') {
      throw new StartError(
        'port-in-use',
        `${place}: this user may not use port ${at.port}; choose one from 1024 with ${flag}`,
        { cause: error },
      )
    }
    if (code === 'EADDRNOTAVAIL') {
      const correct = flag.endsWith('-port') ? 'correct node.json' : `give one that it has with ${flag}`
      throw new StartError('configuration', `${place}: this machine does not have the address ${at.host}; ${correct}`, {
        cause: error,
      })
    }
    throw error
  }
}
