import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { nameAccept } from './accept.ts'
import { nameBuy } from './buy.ts'
import { nameCancel } from './cancel.ts'
import { nameCertificate } from './certificate.ts'
import { nameChangeKey } from './change-key.ts'
import { nameDelegate } from './delegate.ts'
import { nameEncryptionKey } from './encryption-key.ts'
import { nameHistory } from './history.ts'
import { nameList } from './list.ts'
import { nameOffers } from './offers.ts'
import { namePublish } from './publish.ts'
import { nameRefill } from './refill.ts'
import { nameRegister } from './register.ts'
import { nameRenew } from './renew.ts'
import { nameRenewalsCommand } from './renewals.ts'
import { nameSell } from './sell.ts'
import { nameShow } from './show.ts'
import { nameStatement } from './statement.ts'
import { nameTransfer } from './transfer.ts'
import { nameWatch } from './watch.ts'

export function nameCommands(program: Command, kit: CommandKit): void {
  const name = program.command('name').description('register names and publish hosts under them')
  nameRegister(name, kit)
  namePublish(name, kit)
  nameShow(name, kit)
  nameRenew(name, kit)
  nameRefill(name, kit)
  nameRenewalsCommand(name, kit)
  nameCancel(name, kit)
  nameList(name, kit)
  nameTransfer(name, kit)
  nameAccept(name, kit)
  nameChangeKey(name, kit)
  nameSell(name, kit)
  nameBuy(name, kit)
  nameOffers(name, kit)
  nameCertificate(name, kit)
  nameDelegate(name, kit)
  nameEncryptionKey(name, kit)
  nameHistory(name, kit)
  nameStatement(name, kit)
  nameWatch(name, kit)
}
