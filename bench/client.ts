import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { bundleForBrowsers } from '../tools/browser/bundle.ts'
import { Chromium } from '../tools/browser/chromium.ts'
import { runBuilt } from '../tools/built-node.ts'
import { findOnPath } from '../tools/system-tools.ts'
import {
  askOnceProgram,
  emptyProgram,
  fetchOnceProgram,
  pageModule,
  timeProgram,
  verifyOnceProgram,
} from './client/node-program.ts'
import { type SampleAnswer, sampleAnswer } from './client/sample-answer.ts'
import { alternate } from './harness/alternate.ts'
import { atMost, defineBenchmark, type Figure } from './harness/benchmark.ts'
import { median, significant } from './harness/statistics.ts'

const kibibyte = 1_024
const rounds = 15

interface Times {
  readonly firstMs: number
  readonly roundsMs: readonly number[]
}

/** Peak memory of each program, each run in turn, above an empty Node; MiB. */
async function measureMemory(file: string, sample: SampleAnswer, runs: number) {
  const answer = JSON.stringify({ proof: sample.answer, ...sample.answer })
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const programs = { empty: emptyProgram, verify: verifyOnceProgram, fetch: fetchOnceProgram, ask: askOnceProgram }
  const sides = Object.entries(programs).map(([name, text]) => ({
    name,
    async measure(): Promise<number> {
      const output = await runBuilt(text, { node: process.execPath, args: [file, url] })
      return (JSON.parse(output) as { peakKiB: number }).peakKiB / kibibyte
    },
  }))
  try {
    const { medians } = await alternate(sides, { rounds: runs })
    const above = (name: keyof typeof programs): number => significant(medians[name]! - medians['empty']!, 3)
    return {
      empty: significant(medians['empty']!, 3),
      verify: above('verify'),
      fetch: above('fetch'),
      ask: above('ask'),
    }
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

async function measureInChromium(code: string, sample: SampleAnswer, times: number): Promise<Times> {
  const chromium = await Chromium.start()
  try {
    const page = await chromium.open('about:blank')
    const module = `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`
    await page.evaluate(`import(${JSON.stringify(module)}).then(() => true)`)
    return await page.evaluate<Times>(`measure(${JSON.stringify(sample)}, ${rounds}, ${times})`, 120_000)
  } finally {
    await chromium.close()
  }
}

export default defineBenchmark({
  name: 'client',
  description: 'What it costs a client to verify one answer: time, memory, and bytes to load in a browser',
  packages: ['@noble/curves', 'esbuild'],
  options: {
    entries: { type: 'number', default: 100_000, description: 'entries in the ledger that the answer is from' },
    times: { type: 'number', default: 50, description: `verifications in each of ${rounds} rounds` },
    runs: { type: 'number', default: 9, description: 'processes whose memory is measured, each kind' },
  },
  async run({ options, folder, progress }) {
    progress(`an answer from a ledger of ${options.entries} entries`)
    const sample = await sampleAnswer(options.entries)
    const file = join(folder, 'sample.json')
    writeFileSync(file, JSON.stringify(sample))
    const page = await bundleForBrowsers({ file: 'docs/guides/verify-in-browser/page.ts' })
    const measured = await bundleForBrowsers({ text: pageModule })
    const whole = await bundleForBrowsers({ text: `export * from '@cresset/access-client'` })
    progress('memory')
    const memory = await measureMemory(file, sample, options.runs)
    progress('time')
    const inNode = JSON.parse(
      await runBuilt(timeProgram(rounds, options.times), { node: process.execPath, args: [file] }),
    ) as Times
    const inChromium =
      findOnPath('chromium') === undefined ? undefined : await measureInChromium(measured.code, sample, options.times)
    const figures: Record<string, Figure> = {
      entries: options.entries,
      answerBytes: sample.bytes,
      signatures: sample.signatures,
      verifyNodeMs: significant(median(inNode.roundsMs), 3),
      leastVerifyNodeMs: significant(Math.min(...inNode.roundsMs), 3),
      firstVerifyNodeMs: significant(inNode.firstMs, 3),
      verifyChromiumMs: inChromium ? significant(median(inChromium.roundsMs), 3) : 'no Chromium here',
      leastVerifyChromiumMs: inChromium ? significant(Math.min(...inChromium.roundsMs), 3) : 'no Chromium here',
      firstVerifyChromiumMs: inChromium ? significant(inChromium.firstMs, 3) : 'no Chromium here',
      emptyNodeMiB: memory.empty,
      verifyAboveEmptyMiB: memory.verify,
      askAboveEmptyMiB: memory.ask,
      fetchAboveEmptyMiB: memory.fetch,
      pageGzippedKB: significant(page.gzippedBytes / 1000, 3),
      wholeClientGzippedKB: significant(whole.gzippedBytes / 1000, 3),
    }
    return {
      figures,
      aims: [
        atMost('verify of one answer in Node', figures['verifyNodeMs'] as number, 1, 'ms'),
        ...(inChromium
          ? [atMost('verify of one answer in Chromium', figures['verifyChromiumMs'] as number, 5, 'ms')]
          : []),
        atMost('peak memory of one verification above an empty Node', memory.verify, 32, 'MiB'),
        atMost('peak memory of one question to a node over HTTP, verified', memory.ask, 32, 'MiB'),
        atMost('bundle of the page that verifies a name, gzipped', figures['pageGzippedKB'] as number, 60, 'KB'),
      ],
      tables: [
        {
          title: `One answer of ${sample.bytes} bytes: ${sample.answer.keys.length} proofs, ${sample.signatures} signatures`,
          columns: ['in', 'verified in ms, median', 'quickest round, ms', 'the first one, ms'],
          rows: [
            ['Node', figures['verifyNodeMs']!, figures['leastVerifyNodeMs']!, figures['firstVerifyNodeMs']!],
            [
              'Chromium',
              figures['verifyChromiumMs']!,
              figures['leastVerifyChromiumMs']!,
              figures['firstVerifyChromiumMs']!,
            ],
          ],
        },
        {
          title: `Peak memory above an empty Node (${memory.empty} MiB), built packages`,
          columns: ['program', 'MiB'],
          rows: [
            ['verifies one answer from a file', memory.verify],
            ['asks a node over HTTP and verifies', memory.ask],
            ['gets the same answer by `fetch`, and nothing else', memory.fetch],
          ],
        },
        {
          title: 'Loaded in a browser, minified and gzipped',
          columns: ['bundle', 'KB'],
          rows: [
            ['the page that verifies a name', figures['pageGzippedKB']!],
            ['all that the SDK exports, writing included', figures['wholeClientGzippedKB']!],
          ],
        },
      ],
    }
  },
})
