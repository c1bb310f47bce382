import { closeSync, openSync } from 'node:fs'

/** A terminal that closes sends SIGHUP, as an operator does who wants a server to read again: tells of each as what it is. */
export function onHangUp(closed: () => void, sent: () => void): void {
  const hadTerminal = hasTerminal()
  process.on('SIGHUP', () => {
    if (hadTerminal && !hasTerminal()) closed()
    else sent()
  })
}

/** Whether the process has a terminal that controls it, whatever its input and output are. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false
  }
}
