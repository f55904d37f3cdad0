import { join } from 'node:path';
import { Asked, replayOnce } from './replay-processes.ts';
import type { BucketAnswer } from './bucket-server.ts';
import type { ServerAnswer } from './replay-server.ts';
import { atMost, inScratchFolder, plain } from './support.ts';
import type { Bench, Figure } from './support.ts';

const SECONDS = 10;
const RATES = [1_000, 5_000];
/** With each group of the ledger in S3. */
const RATE_IN_CLOUD = 1_000;
/** The first requests wait for a put, and each group for the one before. */
const MOST_ERROR_IN_CLOUD = 5;
const WINDOW_MS = 100;

async function measure(folder: string): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const rate of RATES) figures.push(...(await hold(folder, rate)));
  const bucket = new Asked('bucket-server.ts');
  try {
    const port = await bucket.hear<number>();
    figures.push(...(await hold(folder, RATE_IN_CLOUD, `http://127.0.0.1:${port}`)));
    const { puts, bytes } = await bucket.hear<BucketAnswer>({});
    const thousands = (RATE_IN_CLOUD * SECONDS) / 1_000;
    figures.push(
      plain(`${RATE_IN_CLOUD}/s, kept in a bucket: objects`, puts / thousands, 'for 1,000 requests'),
    );
    figures.push(
      plain(`${RATE_IN_CLOUD}/s, kept in a bucket: bytes`, bytes / thousands / 1_000, 'a request'),
    );
  } finally {
    await bucket.stop();
  }
  return figures;
}

/** Sends for ten seconds and some, to a server that notes when each request arrives. */
async function hold(folder: string, rate: number, bucket?: string): Promise<readonly Figure[]> {
  const name = bucket === undefined ? `${rate}/s` : `${rate}/s, kept in a bucket`;
  const server = new Asked('replay-server.ts');
  try {
    const port = await server.hear<number>();
    const records = rate * SECONDS;
    const { sends, succeeded } = await replayOnce({
      url: `http://127.0.0.1:${port}`,
      records,
      rate,
      connections: 64,
      bodyBytes: 300,
      directory: join(folder, `ledger-${rate}${bucket === undefined ? '' : '-kept'}`),
      ...(bucket !== undefined && { bucket }),
    });
    const { requests, arrivals } = await server.hear<ServerAnswer>({});
    const seconds = ((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)) / 1_000;
    const error = Math.abs((requests - 1) / seconds / rate - 1) * 100;
    const worst = mostWithin(arrivals, WINDOW_MS) / (rate * (WINDOW_MS / 1_000));
    return [
      atMost(`${name}: error over ${SECONDS} s`, error, '%', bucket === undefined ? 2 : MOST_ERROR_IN_CLOUD),
      atMost(`${name}: worst ${WINDOW_MS} ms / what is due in them`, worst, 'ratio', 1.2),
      atMost(`${name}: dropped`, records - succeeded + Math.abs(sends - requests), 'requests', 0),
      plain(`${name}: sent`, requests, 'requests'),
    ];
  } finally {
    await server.stop();
  }
}

/** The most that arrived in any window of that length. */
function mostWithin(arrivals: Float64Array, windowMs: number): number {
  let most = 0;
  let first = 0;
  for (let index = 0; index < arrivals.length; index += 1) {
    while ((arrivals[first] ?? 0) <= (arrivals[index] ?? 0) - windowMs) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

export const rate: Bench = {
  about: 'a fixed rate held over ten seconds and in every tenth of a second, nothing dropped',
  run: () => inScratchFolder(measure),
};
