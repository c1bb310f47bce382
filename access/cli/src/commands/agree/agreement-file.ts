import { randomBytes } from 'node:crypto'
import { rename, writeFile } from 'node:fs/promises'
import { type AgreementDraft, decodeAgreement, encodeAgreement } from '@cresset/access-client'
import { toHex } from '@cresset/core-codec'
import { cannotMake } from '../../file-problem.ts'
import { readHexFile } from '../../sending.ts'

/** First line of the file that travels between the parties; the encoding in hex follows. */
const fileHead = 'cresset-agreement-v1'

export async function readAgreementFile(path: string): Promise<AgreementDraft> {
  return decodeAgreement(await readHexFile(path, fileHead, 'an agreement'))
}

const textOf = (draft: AgreementDraft): string => `${fileHead}\n${toHex(encodeAgreement(draft))}\n`

export async function writeNewAgreementFile(path: string, draft: AgreementDraft): Promise<void> {
  await writeFile(path, textOf(draft), { flag: 'wx' }).catch(cannotMake(path, 'choose another file with --out'))
}

/** In one step, so that a break leaves the file as it was. */
export async function replaceAgreementFile(path: string, draft: AgreementDraft): Promise<void> {
  const partial = `${path}.${randomBytes(6).toString('hex')}`
  await writeFile(partial, textOf(draft), { flag: 'wx' })
  await rename(partial, path)
}
