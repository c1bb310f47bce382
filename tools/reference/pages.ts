import { apiPage } from './api-page.ts'
import { codesPage } from './codes-page.ts'
import { dnsMonitoringPage } from './dns-monitoring-page.ts'
import { metricsPage } from './metrics-page.ts'
import { parametersPage } from './parameters-page.ts'

/** Pages below docs/reference, made from the code, so that they cannot say something else. */
export const referencePages: Readonly<Record<string, () => string | Promise<string>>> = {
  'parameters.md': parametersPage,
  'codes.md': codesPage,
  'api.md': apiPage,
  'metrics.md': metricsPage,
  'dns-monitoring.md': dnsMonitoringPage,
}
