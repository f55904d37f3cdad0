import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLedger } from '../src/backfill/ledger/file-ledger.ts';
import { replay, type ReplayProgress } from '../src/backfill/replay/engine.ts';
import { createFixedRate } from '../src/backfill/replay/fixed-rate.ts';
import type {
  Attempt,
  ReplayRequest,
  ReplaySource,
  ReplayTarget,
} from '../src/backfill/base/replay-ports.ts';

export interface RetryQuestion {
  readonly waiting: number;
  readonly attempts: number;
  readonly directory: string;
}

export interface RetryAnswer {
  readonly bytesEach: number;
  readonly delayP99Ms: number;
  readonly waiting: number;
  readonly repeats: number;
}

const BODY = Buffer.alloc(2_048, 'x');
const HEALTHY_EVERY = 10;
const MEASURED_MS = 3_000;

/** Every tenth request succeeds, so that the target counts as up; the others fail and wait. */
function failing(): ReplayTarget {
  return {
    name: 'failing',
    async send({ ordinal = 0 }): Promise<Attempt> {
      await new Promise(setImmediate);
      const status = ordinal % HEALTHY_EVERY === 0 ? 200 : 503;
      return { kind: 'answered', status, answer: '' };
    },
    close: async () => undefined,
  };
}

/** Fills the back-off, then has nothing more for the time being. */
function source(wanted: number, waiting: () => number): ReplaySource {
  const one = (ordinal: number): ReplayRequest => ({
    source: 1,
    position: ordinal * 512,
    ordinal,
    at: ordinal,
    method: 'POST',
    url: `/events?n=${ordinal}`,
    headers: [['content-type', 'application/json']],
    body: Buffer.from(BODY),
  });
  const most = Math.ceil((wanted * HEALTHY_EVERY) / (HEALTHY_EVERY - 1)) + 1;
  let given = 0;
  return {
    name: 'synthetic',
    async next(limit, pause) {
      if (given < most) return Array.from({ length: Math.min(limit, most - given) }, () => one((given += 1)));
      if (waiting() === 0) return undefined;
      await sleep(500, undefined, { signal: pause });
      return [];
    },
    load: async ({ ordinal = 0 }) => one(ordinal),
    settle: async () => undefined,
    close: async () => undefined,
  };
}

function heapBytes(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

async function wait({ waiting, attempts, directory }: RetryQuestion): Promise<void> {
  const ledger = await openLedger(directory);
  const pausing = new AbortController();
  let progress: ReplayProgress | undefined;
  const before = heapBytes();
  const running = replay({
    source: source(waiting, () => progress?.waiting ?? 1),
    target: failing(),
    ledger,
    governor: createFixedRate(1_000_000),
    settings: {
      connections: 64,
      attempts,
      backoff: { first: 30, longest: 60 },
      retryBudget: 10,
      ambiguous: 'resend',
      ordered: false,
    },
    pause: pausing.signal,
    onProgress: (one) => (progress = one),
  });
  while ((progress?.waiting ?? 0) < waiting * 0.9) await sleep(100);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await sleep(MEASURED_MS);
  delay.disable();
  const held = progress?.waiting ?? 0;
  const bytesEach = (heapBytes() - before) / held;
  pausing.abort();
  const { repeats } = await running;
  await ledger.close();
  const answer: RetryAnswer = { bytesEach, delayP99Ms: delay.percentile(99) / 1e6, waiting: held, repeats };
  process.send?.(answer);
}

process.on('message', (question: RetryQuestion) => void wait(question));
process.on('disconnect', () => process.exit(0));
