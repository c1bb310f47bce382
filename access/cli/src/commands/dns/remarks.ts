import type { ZoneRemark } from '@cresset/node'

/** `FILE:LINE: error: …`, as compilers and editors have it. */
export function remarkLine({ file, line, severity, message }: ZoneRemark, path: string): string {
  const place = line === undefined ? (file ?? path) : `${file ?? path}:${line}`
  return `${place}: ${severity}: ${message}`
}

export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`
