import { listFiles, readText } from '../source/files.ts'
import type { Check, Violation } from './check.ts'

/** Paths of one person's machine; written in pieces so that this file does not report itself. */
const machinePath = new RegExp(`(?<![\\w.~/-])/(${['home', 'Users', 'root', 'work'].join('|')})/[\\w.-]+`)
/** Hosts that serve packages: they differ from place to place, and the lock file must work with all of them. */
const packageHost = /https?:\/\/[\w.-]*(registry|artifactory|nexus|pypi|mirror|goproxy)[\w.-]*/i
const textFile = /(^|\/)(\.npmrc|\.gitignore|run|cresset|LICENSE)$|\.(ts|js|json|md|yml|yaml|css|html|sh|service|conf)$/

export const machineNameCheck: Check = {
  name: 'tidy/machine-names',
  description: 'no absolute paths of a machine and no package hosts in the repository',
  run(root) {
    const violations: Violation[] = []
    for (const file of listFiles(root)) {
      if (!textFile.test(file)) continue
      readText(root, file)
        .split('\n')
        .forEach((text, index) => {
          const path = machinePath.exec(text)?.[0]
          const host = packageHost.exec(text)?.[0]
          const line = index + 1
          if (path !== undefined) {
            violations.push({ file, line, message: `path of one machine: ${path}`, remedy: 'use a relative path' })
          }
          if (host !== undefined) {
            violations.push({
              file,
              line,
              message: `package host ${host}`,
              remedy: 'leave it to the npm configuration',
            })
          }
          if (file === 'package-lock.json' && /"resolved": "https?:/.test(text)) {
            const remedy = 'npm install with omit-lockfile-registry-resolved=true (.npmrc)'
            violations.push({ file, line, message: 'the lock names the host it was made with', remedy })
          }
        })
    }
    return violations
  },
}
