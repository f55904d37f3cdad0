import type { GroupWriter } from '../../../src/backfill/ledger/group-writer.ts';
import type { openLedger } from '../../../src/backfill/ledger/file-ledger.ts';
import type { beforeEachRequest } from '../../../src/hosts/ownership-check.ts';
import type { SqliteDatabase } from '../../../src/storage/sqlite-database.ts';
import type { createNotifier } from '../../../src/notices/notifier.ts';
import { variant, type Variant } from '../variant.ts';

const LEDGER = 'test/backfill/ledger/durable.test.ts';
const JOURNAL = 'test/journal/sqlite/durable.test.ts';

const withoutFence = (service: string): Variant =>
  variant<typeof beforeEachRequest>({
    name: `requests-to-${service.toLowerCase()}-pass-no-fence`,
    breaks: 'Once a run is taken over no request of the old driver leaves, also one that is being signed.',
    seam: 'beforeEachRequest',
    how: (fence) => (client, check) => {
      if (client.constructor.name !== `${service}Client`) fence(client, check);
    },
    tests: [{ path: 'test/hosts/local-fence.test.ts' }],
  });

/** What has to be on the disk before it counts, and what a driver that was taken over may still do. */
export const durability: readonly Variant[] = [
  variant<typeof openLedger>({
    name: 'sources-are-settled-before-their-fate-is-durable',
    breaks: 'A source is settled only after its fate is durable.',
    seam: 'openLedger',
    how:
      (open) =>
      async (...given) => {
        const ledger = await open(...given);
        const conclude = ledger.conclude.bind(ledger);
        ledger.conclude = async (...what) => void conclude(...what);
        return ledger;
      },
    tests: [{ path: LEDGER, name: 'settled only after|given back only after' }],
  }),
  variant<GroupWriter<unknown>['append']>({
    name: 'the-ledger-does-not-wait-for-its-disk',
    breaks: 'fdatasync completes before a promise of the ledger resolves.',
    seam: 'GroupWriter#append',
    how: (append) =>
      async function (this: GroupWriter<unknown>, line, entry) {
        append.call(this, line, entry).catch(() => undefined);
      },
    tests: [{ path: LEDGER, name: 'fdatasync has completed' }],
  }),
  variant<typeof openLedger>({
    name: 'the-ledger-does-not-sync',
    breaks: 'fdatasync completes before a promise of the ledger resolves.',
    seam: 'openLedger',
    how: (open) => (directory, options) => open(directory, { ...options, syncs: false }),
    tests: [{ path: LEDGER, name: 'settled only after' }],
  }),
  variant<SqliteDatabase['makeDurable']>({
    name: 'the-journal-commits-without-waiting-for-its-disk',
    breaks: 'PRAGMA synchronous is FULL.',
    seam: 'SqliteDatabase#makeDurable',
    how: (makeDurable) =>
      function (this: SqliteDatabase) {
        const mode = makeDurable.call(this);
        this.execute('PRAGMA synchronous = NORMAL');
        return mode;
      },
    tests: [{ path: JOURNAL }],
  }),
  variant<SqliteDatabase['withoutSync']>({
    name: 'a-beat-leaves-the-journal-without-sync',
    breaks: 'A beat that does not wait for the disk leaves synchronous at FULL.',
    seam: 'SqliteDatabase#withoutSync',
    how: (withoutSync) =>
      function <T>(this: SqliteDatabase, body: () => T): T {
        const result = withoutSync.call(this, body) as T;
        this.execute('PRAGMA synchronous = NORMAL');
        return result;
      },
    tests: [{ path: JOURNAL }],
  }),
  ...['EC2', 'RDS', 'SSM'].map(withoutFence),
  variant<typeof createNotifier>({
    name: 'an-overtaken-process-goes-on-telling',
    breaks: 'An overtaken process delivers no notice twice.',
    seam: 'createNotifier',
    how: (create) => (options) => {
      const journal = new Proxy(options.journal, {
        get: (actual, key) => {
          const value: unknown = Reflect.get(actual, key);
          if (key === 'isOurs') return async () => true;
          return typeof value === 'function' ? (value.bind(actual) as unknown) : value;
        },
      });
      return create({ ...options, journal });
    },
    tests: [{ path: 'test/notices/overtaken.test.ts' }],
  }),
];
