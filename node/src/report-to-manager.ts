import type { NodeStatus } from '@cresset/access-http-api'
import { openServiceManager, watchdogIntervalMs } from './service-manager.ts'

const LOOK_MS = 1_000

/**
 * Says that the node serves, then what it does, for `systemctl status`, and that its event loop still turns, for the watchdog.
 * Returns what says that it stops.
 */
export async function reportToManager(
  node: { status(): NodeStatus },
  variables: Readonly<Record<string, string | undefined>>,
): Promise<() => void> {
  const manager = await openServiceManager(variables['NOTIFY_SOCKET'])
  if (manager === undefined) return () => undefined
  let told = ''
  const look = (): void => {
    const { progress, problems } = node.status()
    const now = [progress, ...problems.filter((line) => line !== progress).slice(0, 1)].join('; ')
    if (now === told) return
    told = now
    manager.tell(`STATUS=${now}`)
  }
  manager.tell('READY=1')
  look()
  const timers = [setInterval(look, LOOK_MS)]
  const watchdogMs = watchdogIntervalMs(variables, process.pid)
  if (watchdogMs !== undefined) timers.push(setInterval(() => manager.tell('WATCHDOG=1'), watchdogMs))
  return () => {
    for (const timer of timers) clearInterval(timer)
    manager.tell('STOPPING=1', 'STATUS=stops')
    manager.close()
  }
}
