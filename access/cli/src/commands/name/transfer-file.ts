import { open } from 'node:fs/promises'
import { type SignedTransfer, signedTransferCodec } from '@cresset/access-client'
import { CodecError, toHex } from '@cresset/core-codec'
import { UsageError } from '../../exit-codes.ts'
import { cannotMake } from '../../file-problem.ts'
import { readHexFile } from '../../sending.ts'

const fileHead = 'cresset-name-transfer-v1'

/** Text, so that it survives mail: a head line, then the encoding in hex. */
export async function writeTransfer(path: string, signed: SignedTransfer): Promise<void> {
  const file = await open(path, 'wx', 0o600).catch(cannotMake(path, 'choose another file with --out'))
  try {
    await file.writeFile(`${fileHead}\n${toHex(signedTransferCodec.encode(signed))}\n`)
  } finally {
    await file.close()
  }
}

export async function readTransfer(path: string): Promise<SignedTransfer> {
  const bytes = await readHexFile(path, fileHead, 'the transfer of a name')
  try {
    return signedTransferCodec.decode(bytes)
  } catch (error) {
    if (error instanceof CodecError) throw new UsageError(`${path} is damaged: let it be written again`)
    throw error
  }
}
