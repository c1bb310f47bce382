import { isLoopback } from '@cresset/network-membership'
import { type DnsOptionTexts, dnsSettingsFromOptions } from './dns-settings.ts'
import { type Listen, listenFromText } from './folder/listen.ts'
import { type LogLevel, logLevels } from './folder/node-file.ts'
import type { NodeConfiguration } from './node-configuration.ts'
import { StartError } from './start-error.ts'

/** What arguments may say differently from node.json, as text: addresses as host:port. */
export interface NodeOptions extends DnsOptionTexts {
  readonly agreement?: string | undefined
  readonly api?: string | undefined
  readonly dns?: string | undefined
  readonly 'log-level'?: string | undefined
  /** How many blocks a new node replays rather than fetching the state. */
  readonly 'replay-blocks'?: string | undefined
  readonly 'vote-without-record'?: boolean | undefined
}

/** @throws StartError naming the flag */
export function withOptions(configuration: NodeConfiguration, options: NodeOptions): NodeConfiguration {
  const { listen } = configuration
  const level = options['log-level'] ?? configuration.logLevel
  const logLevel: LogLevel | undefined = logLevels.find((known) => known === level)
  if (logLevel === undefined) {
    throw new StartError('configuration', `--log-level ${level}: expected one of ${logLevels.join(', ')}`)
  }
  const replayText = options['replay-blocks']
  if (replayText !== undefined && !/^\d{1,12}$/.test(replayText)) {
    throw new StartError('configuration', `--replay-blocks ${replayText}: expected a whole number`)
  }
  if (configuration.kind === 'local') {
    for (const flag of ['agreement', 'api', 'dns'] as const) {
      const at = address(`--${flag}`, options[flag])
      if (at !== undefined && !isLoopback(at.host)) {
        throw new StartError('configuration', `--${flag} ${options[flag]}: a local node serves 127.0.0.1 or ::1`)
      }
    }
  }
  const dns = dnsSettings(configuration, options)
  return {
    ...configuration,
    logLevel,
    ...(dns !== undefined && { dns }),
    ...(options['vote-without-record'] === true && { votesWithoutRecord: true }),
    ...(replayText !== undefined && { replayBlocks: Number(replayText) }),
    listen: {
      agreement: address('--agreement', options.agreement) ?? listen.agreement,
      api: address('--api', options.api) ?? listen.api,
      dns: address('--dns', options.dns) ?? listen.dns,
    },
  }
}

/** Options take the place of what node.json says, each for itself. */
function dnsSettings(configuration: NodeConfiguration, options: NodeOptions): NodeConfiguration['dns'] {
  const given = dnsSettingsFromOptions(options, (flag, problem) => {
    throw new StartError('configuration', `${flag}: ${problem}`)
  })
  if (Object.keys(given).length === 0) return configuration.dns
  if (configuration.listen.dns === undefined && options.dns === undefined)
    throw new StartError('configuration', 'the node answers no DNS: give it an address with listen.dns in node.json')
  for (const { host } of configuration.kind === 'local' ? (given.proxyListen ?? []) : [])
    if (!isLoopback(host))
      throw new StartError('configuration', `--proxy-listen ${host}: a local node serves 127.0.0.1 or ::1`)
  return { ...configuration.dns, ...given }
}

function address(flag: string, text: string | undefined): Listen | undefined {
  if (text === undefined) return undefined
  const listen = listenFromText(text)
  if (listen === undefined)
    throw new StartError('configuration', `${flag} ${text}: expected host:port, such as 127.0.0.1:8400`)
  return listen
}
