import type { Stores } from '../../contract/journal.ts';
import { describeJournalContract } from '../../contract/journal.ts';
import { describeLeaseContract } from '../../contract/lease.ts';
import { describeRunStoreContract } from '../../contract/run-store.ts';
import { LogStore, type LogHeld } from './log-store.ts';
import { Connection, Table } from './table.ts';

// The store of tests in virtual time: what every store promises holds for it, too. Deaths of processes are tested on the table of DynamoDB.

const stores = async (): Promise<Stores> => {
  const store = new LogStore(new Connection(new Table()));
  return { runs: store, lease: store };
};

describeRunStoreContract('log', stores);
describeJournalContract('log', stores);
describeLeaseContract('log', stores, async (acquire) => {
  const held = await acquire();
  (held as LogHeld).fallSilent();
  return held;
});
