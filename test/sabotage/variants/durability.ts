import type { KeptFolder } from '../../../src/backfill/kept/kept-folder.ts';
import type { KeptObjects } from '../../../src/backfill/kept/kept-objects.ts';
import type { keepParts } from '../../../src/backfill/kept/parts.ts';
import type { GroupWriter } from '../../../src/backfill/ledger/group-writer.ts';
import type { openLedger } from '../../../src/backfill/ledger/file-ledger.ts';
import type { beforeEachRequest } from '../../../src/hosts/ownership-check.ts';
import type { SqliteDatabase } from '../../../src/storage/sqlite-database.ts';
import type { createNotifier } from '../../../src/notices/notifier.ts';
import { variant, type Variant } from '../variant.ts';

const LEDGER = 'test/backfill/ledger/durable.test.ts';
const KEPT = 'test/backfill/kept/kept-folder.test.ts';
const CLOUD = 'test/hosts/lambda/cloud-backfill.test.ts';
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
  variant<typeof openLedger>({
    name: 'requests-are-sent-before-their-intents-are-kept',
    breaks: 'In the cloud, a request is sent only after its intent is in the bucket.',
    seam: 'openLedger',
    how: (open) => (directory, options) => {
      const keep = options?.keep;
      if (keep === undefined) return open(directory, options);
      return open(directory, { ...options, keep: async (bytes) => void keep(bytes).catch(() => undefined) });
    },
    tests: [{ path: CLOUD, name: 'no request is sent before its intent' }],
  }),
  variant<KeptObjects['putIfAbsent']>({
    name: 'records-of-a-backfill-overwrite-each-other',
    breaks: 'A process that was overtaken can record nothing, so it sends nothing.',
    seam: 'KeptObjects#putIfAbsent',
    how: (putIfAbsent) =>
      async function (this: KeptObjects, name, bytes) {
        // The question whether the store knows conditions is still answered.
        if (await putIfAbsent.call(this, name, bytes)) return true;
        if (bytes.at(-1) === 0x0a && bytes.at(-2) === 0x0a) return false;
        await this.put(name, bytes);
        return true;
      },
    tests: [{ path: KEPT, name: 'the one before can keep nothing more' }],
  }),
  variant<(typeof KeptFolder)['open']>({
    name: 'a-backfill-is-opened-without-taking-it-over',
    breaks: 'A process that was overtaken can record nothing, so it sends nothing.',
    seam: 'KeptFolder.open',
    how: () =>
      async function (this: typeof KeptFolder, options) {
        return this.read(options);
      },
    tests: [{ path: KEPT, name: 'the one before can keep nothing more' }],
  }),
  variant<KeptFolder['keep']>({
    name: 'requests-are-sent-before-what-was-found-is-kept',
    breaks: 'In the cloud, what a scan found is in the bucket before its first request is sent.',
    seam: 'KeptFolder#keep',
    how: (keep) =>
      async function (this: KeptFolder, file) {
        if (file !== 'work.sqlite') await keep.call(this, file);
      },
    tests: [{ path: CLOUD, name: 'what was found is kept before anything is sent' }],
  }),
  variant<typeof keepParts>({
    name: 'a-head-names-parts-that-are-not-there-yet',
    breaks: 'The head of a kept folder is moved after the parts that it names are there.',
    seam: 'keepParts',
    how: (keepParts) => (objects, file, from, to) =>
      keepParts(
        {
          get: (name) => objects.get(name),
          nameOf: (name) => objects.nameOf(name),
          put: async (name, bytes) =>
            void setTimeout(() => void objects.put(name, bytes).catch(() => undefined), 20),
        },
        file,
        from,
        to,
      ),
    tests: [{ path: KEPT, name: 'killed at any request' }],
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
