import { formatNamed } from '../../../src/backfill/formats/formats.ts';
import type { ReplayRequest } from '../../../src/backfill/base/replay-ports.ts';
import {
  createSqsSource,
  type SqsSource,
  type SqsSourceOptions,
} from '../../../src/backfill/queue/sqs-source.ts';
import type { Peer } from '../../peer/peer.ts';
import type { Queue } from '../../peer/world.ts';

/** Attempts without long waits. */
export const QUICK = { baseMs: 1, capMs: 5, attempts: 4 };

export const POST = {
  time: '2026-11-20T03:00:00Z',
  method: 'POST',
  url: '/track?ip=1',
  headers: { 'content-type': 'application/json', host: 'api.example' },
  body: '{"event":"signup"}',
};

export function posts(count: number): readonly unknown[] {
  return Array.from({ length: count }, (_, index) => ({ ...POST, url: `/track?n=${index}` }));
}

export function queueUrl(peer: Peer, name = 'missed'): string {
  return `${peer.url}/111111111111/${name}`;
}

export function queueIn(peer: Peer, name = 'missed'): Queue {
  const queue = peer.world.queues.get(name);
  if (queue === undefined) throw new Error(`no queue ${name}`);
  return queue;
}

export function sourceOf(
  peer: Peer,
  sqs: SqsSourceOptions['sqs'],
  options: Partial<SqsSourceOptions> & { readonly queue?: string } = {},
): SqsSource {
  const { queue = 'missed', ...rest } = options;
  return createSqsSource(queueUrl(peer, queue), {
    sqs,
    format: formatNamed('capture'),
    source: 3,
    longPollSeconds: 0,
    policy: QUICK,
    ...rest,
  });
}

export const NEVER = new AbortController().signal;

/** Everything that a source gives until it ends; each is settled at once unless `then` does otherwise. */
export async function drained(
  source: SqsSource,
  then: (request: ReplayRequest) => Promise<void> = (request) =>
    source.settle(request, { kind: 'succeeded', status: 200 }),
): Promise<readonly ReplayRequest[]> {
  const all: ReplayRequest[] = [];
  for (;;) {
    const requests = await source.next(100, NEVER);
    if (requests === undefined) return all;
    all.push(...requests);
    await Promise.all(requests.map(then));
  }
}
