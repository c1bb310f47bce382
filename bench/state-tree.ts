import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { sha256 } from '@cresset/core-crypto'
import { type Change, StateTree, verifyProof } from '@cresset/core-state-tree'
import { layout, openLmdbStore, type Store } from '@cresset/network-storage'
import { atMost, defineBenchmark, type Figure } from './harness/benchmark.ts'
import { median, significant } from './harness/statistics.ts'

const SIZES = [10_000, 100_000, 1_000_000]
/** Names written at once while the tree is filled. */
const FILL_BATCH = 20_000

const numberBytes = (number: number): Uint8Array => Uint8Array.of(number >>> 24, number >>> 16, number >>> 8, number)
const keyOf = (number: number): Uint8Array => sha256(numberBytes(number))

/** Bytes of a made-up record: of the length asked for, different for every name and round. */
function recordOf(number: number, round: number, length: number): Uint8Array {
  const record = new Uint8Array(length).fill(number & 255)
  record.set(numberBytes(number), 0)
  record.set(numberBytes(round), 4)
  return record
}

/** Distinct names, spread evenly and the same in every run. */
function* chosenNames(names: number, count: number, round: number): Generator<number> {
  const step = (7_368_787 % names) | 1
  for (let index = 0; index < count; index++) yield ((round * count + index) * step) % names
}

export default defineBenchmark({
  name: 'state-tree',
  description: 'proofs, durable updates and disk use of the state tree on LMDB',
  packages: ['lmdb', 'sodium-native'],
  options: {
    names: {
      type: 'number',
      default: 1_000_000,
      description: 'greatest number of names; 10,000 and 100,000 are measured on the way',
    },
    valueBytes: { type: 'number', default: 200, description: 'bytes in the record of a name' },
    updates: { type: 'number', default: 1_000, description: 'names changed in one durable batch' },
    batches: { type: 'number', default: 21, description: 'batches measured at each size' },
    proofs: { type: 'number', default: 2_000, description: 'proofs measured at each size' },
    keepVersions: { type: 'number', default: 256, description: 'versions kept while batches run' },
  },
  async run({ options, folder, progress }) {
    const figures: Record<string, Figure> = {}
    const rows: Figure[][] = []
    const sizes = [...SIZES.filter((size) => size < options.names), options.names]
    for (const names of sizes) {
      progress(`${names} names`)
      const path = join(folder, `store-${names}`)
      const store = await openLmdbStore({ path })
      const subject = new Subject(store, options.valueBytes, options.keepVersions)
      const fillStart = performance.now()
      for (let from = 0; from < names; from += FILL_BATCH) {
        const changed = Array.from({ length: Math.min(FILL_BATCH, names - from) }, (_, index) => from + index)
        await subject.commit(changed)
        await subject.pruneAll()
      }
      const fillSeconds = (performance.now() - fillStart) / 1000
      const diskBytes = statSync(join(path, 'data.mdb')).blocks * 512
      const proof = subject.measureProofs(names, options.proofs)
      const batch = await subject.measureBatches(names, options.updates, options.batches)
      await store.close()
      rmSync(path, { recursive: true })
      const measured = {
        proofBytes: Math.round(proof.bytes),
        largestProofBytes: proof.largestBytes,
        proveMicroseconds: significant(proof.proveMicroseconds),
        verifyMicroseconds: significant(proof.verifyMicroseconds),
        batchMs: significant(batch.totalMs),
        batchComputeMs: significant(batch.computeMs),
        batchProcessorMs: significant(batch.processorMs),
        batchPuts: batch.puts,
        diskBytesPerName: Math.round(diskBytes / names),
        fillSeconds: significant(fillSeconds),
      }
      for (const [name, value] of Object.entries(measured)) figures[`${name}At${names}`] = value
      rows.push([names, ...Object.values(measured)])
    }
    const of = (name: string): number => figures[`${name}At${options.names}`] as number
    const at = `at ${options.names} names`
    return {
      figures,
      aims: [
        atMost(`proof without its value ${at}`, of('proofBytes'), 750, 'bytes'),
        atMost(`verify ${at}`, of('verifyMicroseconds'), 60, 'µs'),
        atMost(`durable batch of ${options.updates} updates ${at}`, of('batchMs'), 45, 'ms'),
      ],
      tables: [
        {
          title: `state tree on LMDB, records of ${options.valueBytes} bytes, medians`,
          columns: [
            'names',
            'proof bytes (mean, without value)',
            'largest',
            'prove µs',
            'verify µs',
            `durable batch of ${options.updates}, ms`,
            'of it tree, ms',
            'processor ms',
            'puts',
            'disk bytes a name',
            'filled in s',
          ],
          rows,
        },
      ],
      plots: [
        {
          kind: 'lines',
          name: 'batch',
          title: `durable batch of ${options.updates} updates`,
          x: 'names',
          y: 'ms',
          logX: true,
          series: [
            { name: 'whole', points: sizes.map((size) => [size, figures[`batchMsAt${size}`] as number] as const) },
            {
              name: 'tree',
              points: sizes.map((size) => [size, figures[`batchComputeMsAt${size}`] as number] as const),
            },
          ],
        },
      ],
    }
  },
})

interface BatchFigures {
  readonly totalMs: number
  /** Until the writes are known. */
  readonly computeMs: number
  /** Of all threads: tells less of what else the machine does. */
  readonly processorMs: number
  readonly puts: number
}

class Subject {
  readonly #store: Store
  readonly #tree: StateTree
  readonly #valueBytes: number
  readonly #keepVersions: number

  constructor(store: Store, valueBytes: number, keepVersions: number) {
    this.#store = store
    this.#tree = StateTree.open(store, { prefix: Uint8Array.of(layout.tree) })
    this.#valueBytes = valueBytes
    this.#keepVersions = keepVersions
  }

  /** Changes these names in one durable batch. */
  async commit(names: Iterable<number>): Promise<BatchFigures> {
    const version = this.#tree.version + 1
    const changes: Change[] = []
    for (const name of names) changes.push({ key: keyOf(name), value: recordOf(name, version, this.#valueBytes) })
    const processor = process.cpuUsage()
    const start = performance.now()
    const update = this.#tree.update(version, changes)
    const computeMs = performance.now() - start
    const pruned = this.#tree.prune(version - this.#keepVersions, { maxNodes: 20_000 })
    const writes = [...update.writes, ...pruned]
    await this.#store.write(writes)
    this.#tree.applied(update)
    const totalMs = performance.now() - start
    const { user, system } = process.cpuUsage(processor)
    return { totalMs, computeMs, processorMs: (user + system) / 1000, puts: writes.length }
  }

  async pruneAll(): Promise<void> {
    for (;;) {
      const writes = this.#tree.prune(this.#tree.version, { maxNodes: 50_000 })
      if (writes.length === 0) return
      await this.#store.write(writes)
    }
  }

  measureProofs(
    names: number,
    count: number,
  ): { bytes: number; largestBytes: number; proveMicroseconds: number; verifyMicroseconds: number } {
    const root = this.#tree.root
    const proveTimes: number[] = []
    const verifyTimes: number[] = []
    let total = 0
    let largestBytes = 0
    for (const name of chosenNames(names, count, 1)) {
      const key = keyOf(name)
      const start = process.hrtime.bigint()
      const proof = this.#tree.prove(key)
      const proved = process.hrtime.bigint()
      const verdict = verifyProof({ root, key, proof })
      const verified = process.hrtime.bigint()
      if (!verdict.ok || verdict.value === undefined) throw new Error(`the proof of name ${name} does not verify`)
      proveTimes.push(Number(proved - start) / 1000)
      verifyTimes.push(Number(verified - proved) / 1000)
      const bytes = proof.length - verdict.value.length
      total += bytes
      largestBytes = Math.max(largestBytes, bytes)
    }
    return {
      bytes: total / count,
      largestBytes,
      proveMicroseconds: median(proveTimes),
      verifyMicroseconds: median(verifyTimes),
    }
  }

  async measureBatches(names: number, updates: number, batches: number): Promise<BatchFigures> {
    const measured: BatchFigures[] = []
    for (let round = 0; round < batches + 2; round++) {
      const result = await this.commit(chosenNames(names, Math.min(updates, names), round))
      // The first two warm up.
      if (round >= 2) measured.push(result)
    }
    return {
      totalMs: median(measured.map(({ totalMs }) => totalMs)),
      computeMs: median(measured.map(({ computeMs }) => computeMs)),
      processorMs: median(measured.map(({ processorMs }) => processorMs)),
      puts: median(measured.map(({ puts }) => puts)),
    }
  }
}
