import { type Command, InvalidArgumentError, Option } from 'commander'
import { repeated, wholeNumber } from '../../command-kit.ts'

/** What every name server of this program can be told: `cresset dns serve`, and the one of a node. */
export interface NameServerOptions {
  readonly maxUdpSize?: number
  readonly nsid?: string
  readonly proxyListen?: readonly string[]
  readonly proxyFrom?: readonly string[]
  readonly rateLimit?: number
  readonly rateLimitSlip?: number
  readonly queryLog?: string
  readonly queryLogSample?: number
  readonly control?: string | true
}

function serverName(text: string): string {
  if (!/^[\x20-\x7e]{1,64}$/.test(text)) throw new InvalidArgumentError('give 1 to 64 printable ASCII characters')
  return text
}

/** Adds them, under a heading of their own if there is one. What is left out has no value here: others give the default. */
export function addNameServerOptions(command: Command, heading?: string): void {
  const options = [
    new Option(
      '--max-udp-size <bytes>',
      'longest answer by UDP; who gets a longer one asks again by TCP (default: 1232)',
    ).argParser(wholeNumber(512, 65_535)),
    new Option('--nsid <text>', 'name of this server, for "dig +nsid"').argParser(serverName),
    new Option(
      '--proxy-listen <host:port>',
      'where proxies pass on queries of others, behind a header of the PROXY protocol, version 2; repeat for more',
    ).argParser(repeated),
    new Option('--proxy-from <prefix>', 'addresses of such proxies, such as 192.0.2.53; repeat for more').argParser(
      repeated,
    ),
    new Option(
      '--rate-limit <responses>',
      'responses a second by UDP to one network, of each kind, but for clients with a good cookie; 0: no limit (default: 200, but no limit at 127.0.0.1 and ::1)',
    ).argParser(wholeNumber(0, 1_000_000)),
    new Option(
      '--rate-limit-slip <n>',
      'each n-th response over the limit is truncated, so that its client asks again by TCP; 0 drops all (default: 2)',
    ).argParser(wholeNumber(0, 10)),
    new Option('--query-log <file>', 'write a line of JSON for each query, "-" to standard output'),
    new Option('--query-log-sample <n>', 'log each n-th query (default: 1)').argParser(wholeNumber(1, 1_000_000)),
    new Option(
      '--control [socket]',
      'let this user\'s "cresset dns zone", "key" and "stats" reach the server by this socket',
    ),
  ]
  for (const option of options) command.addOption(heading === undefined ? option : option.helpGroup(heading))
}
