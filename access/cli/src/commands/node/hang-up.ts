import { closeSync, openSync } from 'node:fs'

/**
 * A terminal that closes sends SIGHUP, as an operator does who wants a server to read again: tells of each as what it is. A program whose
 * output goes elsewhere, as under nohup, outlives its terminal.
 */
export function onHangUp(closed: () => void, sent: () => void): void {
  const isShown = (process.stdout.isTTY === true || process.stderr.isTTY === true) && hasTerminal()
  process.on('SIGHUP', () => {
    if (isShown && !hasTerminal()) closed()
    else sent()
  })
}

/** Whether the process still has a terminal that controls it. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false
  }
}
