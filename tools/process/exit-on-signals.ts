/** Ends the program on SIGINT, SIGTERM and SIGHUP through `process.exit`, so that its exit handlers end what it started. */
export function exitOnSignals(): void {
  process.on('SIGHUP', () => process.exit(129))
  process.on('SIGINT', () => process.exit(130))
  process.on('SIGTERM', () => process.exit(143))
}
