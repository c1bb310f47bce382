import { loadZoneFile, ZoneFileError, type ZoneRemark } from '@cresset/dns-server'
import { StartError } from '../start-error.ts'

export interface CheckedZoneFile {
  /** Lower-case wire name. */
  readonly apex: Uint8Array
  readonly records: number
  readonly serial: number
  /** The first hundred errors and the first hundred warnings. */
  readonly remarks: readonly ZoneRemark[]
  readonly errors: number
  readonly warnings: number
}

/** Reads a master file as the server would. @throws StartError when it cannot be read at all */
export async function checkZoneFile(path: string, apex?: Uint8Array): Promise<CheckedZoneFile> {
  try {
    return await loadZoneFile(path, apex)
  } catch (error) {
    if (error instanceof ZoneFileError) throw new StartError('configuration', error.message, { cause: error })
    throw error
  }
}
