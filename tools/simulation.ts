import { spawn } from 'node:child_process'
import { repositoryRoot } from './process/capture.ts'
import { endGroup } from './process/end-group.ts'

export type SimulationResult = { seeds: number; broken: { seed: number; detail: string }[] }

export type SimulationOptions = {
  seed: number
  seeds: number
  budgetSeconds: number
  /** Heights a seed; the simulator's own number when it is left out. */
  heights?: number
}

/**
 * Runs seeds of the simulator (`npm run sim`) in a process group of its own; `print` gets its lines as they come.
 * Rejects when the simulator itself breaks down.
 */
export function runSimulation(options: SimulationOptions, print: (line: string) => void): Promise<SimulationResult> {
  const { seed, seeds, budgetSeconds, heights } = options
  const args = ['--seed', seed, '--seeds', seeds, '--budget-seconds', Math.max(1, Math.floor(budgetSeconds)), '--json']
  if (heights !== undefined) args.push('--heights', heights)
  return new Promise((resolve, reject) => {
    const command = ['--conditions=cresset-source', 'simulation/src/main.ts', ...args.map(String)]
    const child = spawn(process.execPath, command, {
      cwd: repositoryRoot,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let last = ''
    let pending = ''
    const take = (text: string): void => {
      const lines = (pending + text).split('\n')
      pending = lines.pop() ?? ''
      for (const line of lines) {
        if (line.startsWith('{')) last = line
        else print(line)
      }
    }
    child.stdout.setEncoding('utf8').on('data', take)
    child.stderr.setEncoding('utf8').on('data', take)
    const stop = (): void => endGroup(child.pid)
    process.once('exit', stop)
    child.on('error', reject)
    child.on('close', (status) => {
      process.removeListener('exit', stop)
      if (last === '') return reject(new Error(`the simulator ended with status ${status} and no result`))
      resolve(readResult(last))
    })
  })
}

function readResult(line: string): SimulationResult {
  const { seeds, broken } = JSON.parse(line) as {
    seeds: number
    broken: { seed: number; broken: { detail: string } }[]
  }
  return { seeds, broken: broken.map((run) => ({ seed: run.seed, detail: run.broken.detail })) }
}
