import { advise, lifeboat } from '../advice.ts';
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Sender } from '../aws/clients.ts';
import type { FolderKeeper } from '../backfill/base/folder-keeper.ts';
import { backfillOfRun, readDefinition } from '../backfill/folders.ts';
import { LifeboatError } from '../errors.ts';
import type { Journal } from '../journal/journal.ts';

/** The folder of a backfill while a process works on it. */
export interface OpenFolder {
  readonly directory: string;
  /** Absent: the disk outlives the process. */
  readonly keeper?: FolderKeeper;
  /** Notes in the run's journal what is there, before the first request is sent: a later process that does not find it begins nothing anew. */
  note(): Promise<void>;
  close(): Promise<void>;
}

/** Where the backfill of a run is kept between processes. */
export interface BackfillPlace {
  /**
   * @param stop ends the repeating of requests that fail
   * @throws LifeboatError where it cannot be read or written, or has lost what the journal knows of
   */
  open(stop: AbortSignal): Promise<OpenFolder>;
  /** To read only: another process may work on it. */
  read(): Promise<Pick<OpenFolder, 'directory' | 'close'>>;
}

export type PlaceJournal = Pick<Journal, 'record' | 'value' | 'putValue'>;

export interface PlaceOptions {
  /** Opened with the run's lease. */
  readonly journal: PlaceJournal;
  /** For working copies of what is kept in a bucket; those that earlier processes have left are removed. Default: a temporary folder of the run's own. */
  readonly scratch?: string;
  /** For tests; default: the SDK's own configuration, in the Region of the recovery. */
  readonly s3?: Sender<'s3'>;
}

/** Name of the value that says where the ledger of a run's backfill is. */
const LEDGER_KEY = 'ledger';

const DONE = async (): Promise<void> => undefined;

/**
 * By what the run's record says, on every host alike: a backfill that began in one place must never begin again in another.
 *
 * @param directory folder of the run; absent: the host has none
 */
export function placeOf(options: PlaceOptions, directory?: string): BackfillPlace {
  const { record } = options.journal;
  if (record.backfillBucket !== undefined) return bucketPlace(options, record.backfillBucket);
  if (directory !== undefined) return folderPlace(options.journal, resolve(backfillOfRun(directory)));
  return {
    open: async () => {
      throw keptNowhere(record.runId);
    },
    read: async () => {
      throw keptNowhere(record.runId);
    },
  };
}

interface LedgerFolder {
  readonly host: string;
  readonly folder: string;
}

/** A folder of this machine. The journal of a run in the cloud is reached from any machine: without the ledger, every request would be sent again. */
function folderPlace(journal: PlaceJournal, folder: string): BackfillPlace {
  const here: LedgerFolder = { host: hostname(), folder };
  const known = async () => (await journal.value(LEDGER_KEY)) as unknown as LedgerFolder | undefined;
  return {
    async open() {
      const begun = await known();
      if (begun !== undefined && readDefinition(folder) === undefined)
        throw elsewhere(journal.record.runId, begun, here);
      const note = async (): Promise<void> => {
        if (begun?.host !== here.host || begun.folder !== folder)
          await journal.putValue(LEDGER_KEY, { ...here });
      };
      return { directory: folder, note, close: DONE };
    },
    read: async () => ({ directory: folder, close: DONE }),
  };
}

function bucketPlace({ journal, s3, scratch }: PlaceOptions, bucket: string): BackfillPlace {
  const { runId, plan } = journal.record;
  const working = scratch ?? join(tmpdir(), `lifeboat-backfill-${runId}`);
  const options = async () => ({
    place: { bucket, prefix: `backfills/${runId}` },
    // One for each time: in a function that is continued, what an earlier slice has left may still be ending.
    directory: join(working, randomUUID()),
    s3: s3 ?? (await openClient(plan.region)),
  });
  return {
    async open(stop) {
      rmSync(working, { recursive: true, force: true });
      const known = (await journal.value(LEDGER_KEY)) as { readonly records: number } | undefined;
      const { KeptFolder } = await import('../backfill/kept/kept-folder.ts');
      const keeper = await KeptFolder.open({ ...(await options()), stop, atLeast: known?.records ?? 0 });
      return {
        directory: keeper.directory,
        keeper,
        note: () => journal.putValue(LEDGER_KEY, { bucket, records: keeper.records }),
        close: () => keeper.close(),
      };
    },
    async read() {
      const { KeptFolder } = await import('../backfill/kept/kept-folder.ts');
      const copy = await KeptFolder.read(await options());
      return { directory: copy.directory, close: async () => copy.remove() };
    },
  };
}

async function openClient(region: string): Promise<Sender<'s3'>> {
  const { createClients } = await import('../aws/clients.ts');
  const { s3 } = await createClients(['s3'], { region });
  return s3;
}

/** A run that an earlier version of the deployment began. */
function keptNowhere(runId: string): LifeboatError {
  return new LifeboatError(
    'RUN_NOT_POSSIBLE',
    'The run names no bucket that keeps its backfill, and the disk of a function does not last: requests would be sent again.',
    advise`Take the run over on a machine: ${lifeboat('resume', runId)}.`,
  );
}

function elsewhere(runId: string, there: LedgerFolder, here: LedgerFolder): LifeboatError {
  return new LifeboatError(
    'RUN_NOT_POSSIBLE',
    `The backfill of ${runId} was begun on ${there.host}, and its ledger is there, in ${there.folder}. Without it, requests would be sent again.`,
    `Continue on ${there.host}, or copy that folder to ${here.folder} on ${here.host}; then resume.`,
  );
}
