import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from './process/capture.ts'

const program = 'simulation/src/main.ts'

export function simulationExists(): boolean {
  return existsSync(join(repositoryRoot, program))
}

/** Runs the simulator (`npm run sim`); `print` gets what it writes as it comes. */
export function runSimulation(args: readonly string[], print: (text: string) => void): Promise<{ status: number }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--conditions=cresset-source', program, ...args], {
      cwd: repositoryRoot,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout.setEncoding('utf8').on('data', print)
    child.stderr.setEncoding('utf8').on('data', print)
    const stop = (): boolean => child.kill('SIGKILL')
    process.once('exit', stop)
    child.on('error', reject)
    child.on('close', (status) => {
      process.removeListener('exit', stop)
      resolve({ status: status ?? 1 })
    })
  })
}
