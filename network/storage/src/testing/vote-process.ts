/*
 * vote-process.ts FILE APPENDS [PLANTED]: opens a vote file and appends records, compacting it now and then; says of each
 * when it is acknowledged. PLANTED is a fault that a test of durability must find.
 */
import { writeSync } from 'node:fs'
import { openVoteFile } from '../vote-file.ts'
import { voteAt } from './votes.ts'

const [path, appends, planted] = process.argv.slice(2)
const say = (line: string): void => {
  writeSync(1, `${line}\n`)
}
const votes = await openVoteFile(path as string)
say('acknowledged 0')
for (let number = 1; number <= Number(appends); number++) {
  const done = votes.append(voteAt(number))
  if (planted === 'acknowledge-early') say(`acknowledged ${number}`)
  await done
  if (planted !== 'acknowledge-early') say(`acknowledged ${number}`)
  if (number % 10 === 0) await votes.compact([voteAt(number)])
}
await votes.close()
