import { destination, type Logger, pino } from 'pino'
import type { NodeConfiguration } from './node-configuration.ts'

/** JSON lines on stderr: stdout belongs to the ready line. */
export function nodeLogger({
  name,
  logLevel,
  logDestination,
}: Pick<NodeConfiguration, 'name' | 'logLevel' | 'logDestination'>): Logger {
  return pino({ level: logLevel, base: { node: name } }, logDestination ?? destination({ fd: 2, sync: true }))
}
