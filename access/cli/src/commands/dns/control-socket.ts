import type { AskControlErrorCode, ControlAnswers, ControlCommand } from '@cresset/node'
import { Option } from 'commander'
import type { Context } from '../../context.ts'
import { ClientError } from '../../exit-codes.ts'

/** Of commands that speak to a running server. */
export interface ControlOptions {
  readonly control?: string
}

const kinds = {
  'no-server': 'unreachable',
  'no-answer': 'unreachable',
  'no-such-zone': 'not-found',
  'bad-request': 'usage',
  'ledger-zone': 'refused',
  permissions: 'refused',
  failed: 'refused',
} as const satisfies Record<AskControlErrorCode, string>

const ANSWER_TIMEOUT_MS = 10_000
/** Large zones are read and signed while the command waits. */
const WORK_TIMEOUT_MS = 600_000
const WORKS: readonly ControlCommand[] = ['zone-reload', 'zone-freeze', 'zone-thaw', 'key-roll', 'key-confirm']

export const controlOption = (): Option =>
  new Option(
    '--control <socket>',
    "socket of the server, as it shows it (default: $CRESSET_DNS_CONTROL, else this user's own place)",
  )

/** What a person named, `$CRESSET_DNS_CONTROL`, or the place where a server of this user listens. */
export async function controlSocket({ environment }: Context, named: string | true | undefined): Promise<string> {
  if (typeof named === 'string') return named
  const { CRESSET_DNS_CONTROL: chosen, XDG_RUNTIME_DIR: runtimeFolder } = environment.variables
  const { defaultControlSocket } = await import('@cresset/node')
  return chosen || defaultControlSocket(runtimeFolder)
}

/** Asks the running server. @throws ClientError */
export async function askServer<K extends ControlCommand>(
  context: Context,
  { control }: ControlOptions,
  command: K,
  zone?: string,
): Promise<ControlAnswers[K]> {
  const { askControl, ControlError } = await import('@cresset/node')
  const timeoutMs = WORKS.includes(command) ? WORK_TIMEOUT_MS : ANSWER_TIMEOUT_MS
  try {
    return await askControl(await controlSocket(context, control), command, zone, timeoutMs)
  } catch (error) {
    if (!(error instanceof ControlError)) throw error
    throw new ClientError(kinds[error.code], error.code, error.message, { cause: error })
  }
}
