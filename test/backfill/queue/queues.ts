import { formatNamed } from '../../../src/backfill/formats/formats.ts';
import type { ReplayRequest } from '../../../src/backfill/base/replay-ports.ts';
import {
  createSqsSource,
  type SqsSource,
  type SqsSourceOptions,
} from '../../../src/backfill/queue/sqs-source.ts';
import type { TrueMessage } from '../../../src/simulator/index.ts';
import type { TestAccount } from '../../endpoint/account.ts';

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

export function queueUrl({ url }: TestAccount, name = 'missed'): string {
  return `${url}/111111111111/${name}`;
}

/** What is in the queue. */
export function messagesIn({ world }: TestAccount, name = 'missed'): readonly TrueMessage[] {
  return world.messages(name);
}

export function sourceOf(
  account: TestAccount,
  sqs: SqsSourceOptions['sqs'],
  options: Partial<SqsSourceOptions> & { readonly queue?: string } = {},
): SqsSource {
  const { queue = 'missed', ...rest } = options;
  return createSqsSource(queueUrl(account, queue), {
    sqs,
    format: formatNamed('capture'),
    source: 3,
    longPollSeconds: 0,
    policy: QUICK,
    ...rest,
  });
}

export const NEVER: AbortSignal = new AbortController().signal;

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
