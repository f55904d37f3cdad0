import { describeJournalContract, type Stores } from '../../contract/journal.ts';
import { describeLeaseContract } from '../../contract/lease.ts';
import { describeRunStoreContract } from '../../contract/run-store.ts';
import { describeWakesContract } from '../../contract/wakes.ts';
import { Machines, processOn } from './process.ts';
import { openTable } from './table.ts';

const closings: (() => Promise<void>)[] = [];
let machines = new Machines();

afterEach(async () => {
  for (const close of closings.splice(0)) await close();
});

async function stores(): Promise<Stores> {
  const table = await openTable();
  closings.push(table.close);
  machines = new Machines();
  return processOn(table, machines);
}

describeRunStoreContract('dynamodb', stores);
describeJournalContract('dynamodb', stores);
describeWakesContract('dynamodb', async () => {
  const table = await openTable();
  closings.push(table.close);
  const machinesOfBoth = new Machines();
  return [processOn(table, machinesOfBoth).store, processOn(table, machinesOfBoth).store];
});
describeLeaseContract('dynamodb', stores, async (acquire) => {
  const held = await acquire();
  machines.stop(held);
  return held;
});
