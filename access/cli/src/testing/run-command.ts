import { run } from '../program.ts'

/** Runs one command line in this process as a script does: without a terminal, and with all that it prints kept. */
export async function runCommand(
  commandLine: readonly string[],
  variables: Readonly<Record<string, string>>,
  nowMs: () => number = Date.now,
): Promise<{ code: number; stdout: string; stderr: string }> {
  let stdout = ''
  let stderr = ''
  const code = await run([...commandLine], {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    variables,
    interactive: false,
    nowMs,
  })
  return { code, stdout, stderr }
}
