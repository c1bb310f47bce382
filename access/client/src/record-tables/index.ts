export { type LeftOut, type LeftOutReason, type LineRemark, leftOutReasons } from './file-records.ts'
export { actionsOf, type ImportPlan, planImport, priceOf } from './import-plan.ts'
export { type ImportOptions, type ImportStep, importZone } from './import-zone.ts'
export { readZoneContent, type ZoneContent } from './zone-content.ts'
export type { ZoneDelegation } from './zone-delegations.ts'
export { answeredRrsets, tableRrsets } from './zone-rrsets.ts'
export {
  readRecordEntries,
  readRecordPages,
  readZoneStanding,
  type TablePages,
  type ZoneStanding,
} from './zone-standing.ts'
