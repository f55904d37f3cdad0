import { join } from 'node:path';
import type { CannonQuestion } from './replay-autocannon.ts';
import type { ReplayQuestion } from './replay-ours.ts';
import { Asked, isInstalled, replayBy, replayOnce, startServer, wrk } from './replay-processes.ts';
import { atLeast, atMost, inScratchFolder, interleaved, median, plain, quotients } from './support.ts';
import type { Bench, Figure } from './support.ts';

const CONNECTIONS = 64;
const BODY_BYTES = 300;
const RECORDS = 100_000;
const SECONDS = 3;
const ROUNDS = 5;
/** By then the garbage collector has found its size. */
const SETTLED_RECORDS = 500_000;
/** For the memory; ten million take some minutes. */
const MANY_RECORDS = Number(process.env['REPLAY_RECORDS'] ?? 1_000_000);

async function measure(folder: string): Promise<readonly Figure[]> {
  const server = await startServer(folder);
  const cannon = new Asked('replay-autocannon.ts');
  // Warm like the other contestants.
  const warm = new Asked('replay-ours.ts');
  const hasWrk = isInstalled('wrk');
  let replays = 0;
  const question = (records: number): ReplayQuestion => ({
    url: server.url,
    records,
    connections: CONNECTIONS,
    bodyBytes: BODY_BYTES,
    directory: join(folder, `ledger-${(replays += 1)}`),
  });
  const ours = async (records: number) => replayOnce(question(records));
  const cpuMs: number[] = [];
  try {
    const rates = await interleaved(ROUNDS, {
      lifeboat: async () => {
        const answer = await replayBy(warm, question(RECORDS));
        cpuMs.push(answer.cpuMs);
        return (RECORDS / answer.ms) * 1_000;
      },
      autocannon: () => {
        const url = `${server.url}/events?n=1`;
        const shot: CannonQuestion = {
          url,
          seconds: SECONDS,
          connections: CONNECTIONS,
          bodyBytes: BODY_BYTES,
        };
        return cannon.hear<number>(shot);
      },
      wrk: () => (hasWrk ? wrk(folder, server.url, SECONDS, CONNECTIONS, BODY_BYTES) : Number.NaN),
    });
    const few = await ours(RECORDS);
    const settled = await ours(SETTLED_RECORDS);
    const many = await ours(MANY_RECORDS);
    return [
      ...(hasWrk
        ? [
            atLeast('requests a second / wrk', median(quotients(rates.lifeboat, rates.wrk)), 'ratio', 0.5),
            plain('wrk', median(rates.wrk), '1/s'),
          ]
        : []),
      atLeast(
        'requests a second / autocannon',
        median(quotients(rates.lifeboat, rates.autocannon)),
        'ratio',
        1,
      ),
      plain(`requests a second to ${server.name}, ledger on`, median(rates.lifeboat), '1/s'),
      plain('autocannon', median(rates.autocannon), '1/s'),
      plain('CPU time of a request', (median(cpuMs) / RECORDS) * 1_000, 'µs'),
      atMost(
        `peak memory of ${MANY_RECORDS} requests / of ${SETTLED_RECORDS}`,
        many.peakMiB / settled.peakMiB,
        'ratio',
        1.2,
      ),
      plain(`peak memory of ${RECORDS} requests`, few.peakMiB, 'MiB'),
      plain(`peak memory of ${MANY_RECORDS} requests`, many.peakMiB, 'MiB'),
    ];
  } finally {
    await warm.stop();
    await cannon.stop();
    await server.stop();
  }
}

export const replay: Bench = {
  about: `replayed requests a second with the ledger on, against wrk and autocannon, and the memory of ${MANY_RECORDS}`,
  run: () => inScratchFolder(measure),
};
