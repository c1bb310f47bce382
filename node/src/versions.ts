import packageJson from '../package.json' with { type: 'json' }

/** Of the release and of what it runs on, for status and reports. */
export function versions(): Record<string, string> {
  return { cresset: packageJson.version, node: process.version, platform: `${process.platform}-${process.arch}` }
}
