import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { logText } from '../../runbooks/spikes/lines.ts';
import { DEFAULTS } from '../../runbooks/spikes/timetable.ts';
import { useCli } from '../e2e/cli.ts';

// Three weeks of an incident as a load balancer would have written them, read by the command as it is shipped.
jest.setTimeout(120_000);

const cli = useCli();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lifeboat-spikes-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Document {
  readonly windows: readonly { readonly start: string; readonly end: string; readonly errorRate: number }[];
  readonly errorRate: number;
  readonly lossRate: number;
  readonly balanced: boolean;
}

test('the published windows and rates come out of the log', async () => {
  const log = join(folder, 'spikes.log');
  const file = createWriteStream(log);
  for (const text of logText(DEFAULTS)) if (!file.write(text)) await once(file, 'drain');
  file.end();
  await once(file, 'finish');
  const runbook = join(__dirname, '../../runbooks/spikes.yaml');
  const { stdout, exitCode } = await cli.run(['backfill', 'scan', log, '--runbook', runbook, '--json']);
  const result = JSON.parse(stdout) as Document;
  const told = result.windows.map(({ start, end, errorRate }) => [
    ...[start.slice(5, 16), end.slice(5, 16)],
    Math.round(errorRate * 1_000) / 10,
  ]);
  expect(told).toEqual([
    ['10-05T16:20', '10-05T22:00', 5.7],
    ['10-06T13:30', '10-06T21:00', 3.3],
    ['10-07T19:05', '10-07T19:20', 1],
    ['10-19T17:46', '10-19T21:07', 4.7],
    ['10-20T18:24', '10-20T18:53', 11.2],
  ]);
  expect(Math.round(result.errorRate * 10_000) / 100).toBe(0.26);
  // The error rate is a proxy: most of what failed came back.
  expect(result.lossRate).toBeLessThan(result.errorRate / 2);
  expect([result.balanced, exitCode]).toEqual([true, 3]);
});
