import { architectureCheck } from './architecture.ts'
import { bannedGlobalsCheck } from './banned-globals.ts'
import type { Check } from './check.ts'
import { deadFileCheck } from './dead-files.ts'
import { dependencyCheck } from './dependencies.ts'
import { fileLengthCheck } from './file-length.ts'
import { fileNameCheck } from './file-names.ts'
import { layerCheck } from './layers.ts'
import { linkCheck } from './links.ts'
import { machineNameCheck } from './machine-names.ts'
import { strayMarkerCheck } from './stray-markers.ts'
import { formatCheck, lintCheck } from './style.ts'
import { typeCheck } from './types.ts'

export const allChecks: readonly Check[] = [
  formatCheck,
  lintCheck,
  typeCheck,
  layerCheck,
  dependencyCheck,
  bannedGlobalsCheck,
  deadFileCheck,
  fileNameCheck,
  fileLengthCheck,
  strayMarkerCheck,
  machineNameCheck,
  linkCheck,
  architectureCheck,
]
