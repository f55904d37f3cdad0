import { createRequire } from 'node:module';

/** As much of it as is used: it brings no types. */
type Autocannon = (options: {
  readonly url: string;
  readonly connections: number;
  readonly duration: number;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}) => Promise<{ readonly requests: { readonly total: number }; readonly duration: number }>;

const autocannon = createRequire(import.meta.url)('autocannon') as Autocannon;

/** The same requests by autocannon, in a process of its own. */
export interface CannonQuestion {
  readonly url: string;
  readonly seconds: number;
  readonly connections: number;
  readonly bodyBytes: number;
}

async function fire({ url, seconds, connections, bodyBytes }: CannonQuestion): Promise<void> {
  const { requests, duration } = await autocannon({
    url,
    connections,
    duration: seconds,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: 'x'.repeat(bodyBytes),
  });
  process.send?.(requests.total / duration);
}

process.on('message', (question: CannonQuestion) => void fire(question));
process.on('disconnect', () => process.exit(0));
