import { inspect } from 'node:util'

/** What a test file reports to the runner, one JSON object a line. */
export type TestEvent =
  | { type: 'pass'; name: string }
  | { type: 'skip'; name: string; reason: string }
  | { type: 'fail'; name: string; line: number | undefined; error: string }

type Data = {
  name: string
  line?: number
  skip?: string | boolean
  todo?: string | boolean
  details: { type?: string; error?: Error & { failureType?: string } }
}

/** A node:test reporter (`--test-reporter`): passes, skips and failures of tests, without the suites around them. */
export default async function* eventReporter(source: AsyncIterable<{ type: string; data: unknown }>) {
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue
    const event = toEvent(type, data as Data)
    if (event !== undefined) yield `${JSON.stringify(event)}\n`
  }
}

function toEvent(type: string, data: Data): TestEvent | undefined {
  const { name, details } = data
  const reason = data.skip || data.todo
  if (details.type === 'suite' && (type === 'test:pass' || details.error?.failureType === 'subtestsFailed')) {
    return reason ? { type: 'skip', name, reason: reasonText(reason) } : undefined
  }
  if (reason) return { type: 'skip', name, reason: reasonText(reason) }
  if (type === 'test:pass') return { type: 'pass', name }
  const error = details.error?.cause ?? details.error
  const text = error instanceof Error ? inspect(error, { depth: 4, breakLength: 110 }) : String(error)
  return { type: 'fail', name, line: data.line, error: text }
}

function reasonText(reason: string | true): string {
  return typeof reason === 'string' && reason !== '' ? reason : 'no reason given'
}
