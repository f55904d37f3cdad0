import { S3Client } from '@aws-sdk/client-s3';
import { keptBy } from '../src/backfill/base/folder-keeper.ts';
import { KeptFolder } from '../src/backfill/kept/kept-folder.ts';
import { LEDGER_FILE, openLedger } from '../src/backfill/ledger/file-ledger.ts';
import { replay } from '../src/backfill/replay/engine.ts';
import { createFixedRate } from '../src/backfill/replay/fixed-rate.ts';
import type { ReplayRequest, ReplaySource } from '../src/backfill/base/replay-ports.ts';
import { createHttpTarget } from '../src/backfill/targets/http.ts';
import { backfillSchema } from '../src/runbook/backfill-schema.ts';

/** One replay, as its parent asks for it. */
export interface ReplayQuestion {
  readonly url: string;
  readonly records: number;
  readonly connections: number;
  readonly bodyBytes: number;
  /** Requests a second; absent: as fast as it goes. */
  readonly rate?: number;
  /** Where its ledger goes. */
  readonly directory: string;
  /** Endpoint of a bucket that keeps it; absent: the disk does. */
  readonly bucket?: string;
}

export interface ReplayAnswer {
  readonly ms: number;
  readonly succeeded: number;
  readonly sends: number;
  readonly peakMiB: number;
  /** Of all threads. */
  readonly cpuMs: number;
}

const FASTEST = 1_000_000;

/** Requests that cost nothing to make: what is measured is the way from a source to the target. */
function syntheticSource(records: number, bodyBytes: number): ReplaySource {
  const body = Buffer.alloc(bodyBytes, 'x');
  const one = (ordinal: number): ReplayRequest => ({
    source: 1,
    position: ordinal * 512,
    ordinal,
    at: Date.UTC(2026, 10, 20) + ordinal,
    method: 'POST',
    url: `/events?n=${ordinal}`,
    headers: [
      ['content-type', 'application/json'],
      ['user-agent', 'bench'],
    ],
    body,
  });
  let given = 0;
  return {
    name: 'synthetic',
    total: records,
    async next(limit) {
      if (given >= records) return undefined;
      const count = Math.min(limit, records - given);
      given += count;
      return Array.from({ length: count }, (_, index) => one(given - count + index));
    },
    load: async ({ ordinal = 0 }) => one(ordinal),
    settle: async () => undefined,
    close: async () => undefined,
  };
}

async function openKept(endpoint: string, directory: string): Promise<KeptFolder> {
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
  const s3 = new S3Client({ region: 'us-east-1', endpoint, credentials, forcePathStyle: true });
  return KeptFolder.open({ place: { bucket: 'bench', prefix: directory.slice(1) }, directory, s3 });
}

async function send({ url, records, connections, bodyBytes, rate, directory, bucket }: ReplayQuestion) {
  const spec = backfillSchema.parse({ sources: [{ path: '-' }], replay: { target: url, connections } });
  if (spec.replay === undefined) throw new Error('the settings have a replay');
  const keeper = bucket === undefined ? undefined : await openKept(bucket, directory);
  const ledger = await openLedger(directory, keptBy(keeper, LEDGER_FILE));
  const target = createHttpTarget(spec.replay, { backfill: 'bench', headers: new Map() });
  const before = process.cpuUsage();
  const began = performance.now();
  const end = await replay({
    source: syntheticSource(records, bodyBytes),
    target,
    ledger,
    governor: createFixedRate(rate ?? FASTEST),
    settings: { ...spec.replay, ambiguous: 'resend', ordered: false },
    pause: new AbortController().signal,
  });
  const ms = performance.now() - began;
  const { user, system } = process.cpuUsage(before);
  await target.close();
  await ledger.close();
  await keeper?.close();
  const answer: ReplayAnswer = {
    ms,
    succeeded: end.fates.succeeded,
    sends: end.sends,
    peakMiB: process.resourceUsage().maxRSS / 1_024,
    cpuMs: (user + system) / 1_000,
  };
  process.send?.(answer);
}

process.on('message', (question: ReplayQuestion) => void send(question));
process.on('disconnect', () => process.exit(0));
