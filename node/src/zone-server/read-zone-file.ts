import { openMasterFile, ZoneFileError } from '@cresset/dns-server'
import { type MasterFileProblem, type MasterRecord, readMasterFile } from '@cresset/dns-wire'
import { StartError } from '../start-error.ts'

/**
 * The records of a master file and of those that it includes, in their order, with what cannot be read in between. `origin`, a lower-case wire
 * name, completes names before the first $ORIGIN. @throws StartError when the file cannot be read at all
 */
export function readZoneFile(path: string, origin: Uint8Array): Generator<MasterRecord | MasterFileProblem> {
  try {
    const { main, include } = openMasterFile(path)
    return readMasterFile(main, { origin, include })
  } catch (error) {
    if (error instanceof ZoneFileError) throw new StartError('configuration', error.message, { cause: error })
    throw error
  }
}
