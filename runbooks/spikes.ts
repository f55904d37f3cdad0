/**
 * Writes the access log of a load balancer over three weeks in which its collectors timed out again and again: 5 to 23 October 2017, with
 * the error rates that were published, overall and of the five spikes (runbooks/spikes/timetable.ts). The same seed gives the same bytes.
 *
 *   node runbooks/spikes.ts --seed 1 > spikes.log
 *   lifeboat backfill scan --runbook runbooks/spikes.yaml spikes.log
 *
 * Some 280,000 lines, 145 MB; `--requests-per-minute 110` makes it ten times as large. `--from` and `--to` take a part of it.
 * Needs Node.js 22.18 or later and nothing else. Node.js runs no TypeScript under node_modules: copy spikes.ts and spikes/ out of there first.
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import type { LogSpan } from './spikes/lines.ts';
import { logText } from './spikes/lines.ts';
import type { TrafficOptions } from './spikes/timetable.ts';
import { DEFAULTS, OVERALL } from './spikes/timetable.ts';

const USAGE = `Usage: node runbooks/spikes.ts [--seed N] [--requests-per-minute N] [--from T] [--to T] > spikes.log
  --seed N                 which of the many logs like it (default ${DEFAULTS.seed})
  --requests-per-minute N  on average; 8 to 10000 (default ${DEFAULTS.requestsPerMinute}: 145 MB)
  --from T, --to T         only what was answered then, e.g. 2017-10-20T18:00:00Z
`;
const BATCH_CHARACTERS = 1 << 18;

/** What the command line asks for; a sentence where it is wrong. */
function asked(args: string[]): (TrafficOptions & LogSpan) | 'help' | { readonly wrong: string } {
  const text = { type: 'string' } as const;
  const options = {
    seed: text,
    'requests-per-minute': text,
    from: text,
    to: text,
    help: { type: 'boolean' },
  } as const;
  let values;
  try {
    ({ values } = parseArgs({ args, options }));
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
  if (values.help) return 'help';
  const seed = Number(values.seed ?? DEFAULTS.seed);
  const requestsPerMinute = Number(values['requests-per-minute'] ?? DEFAULTS.requestsPerMinute);
  const from = values.from === undefined ? OVERALL.from : Date.parse(values.from);
  const to = values.to === undefined ? OVERALL.to : Date.parse(values.to);
  if (!Number.isInteger(seed)) return { wrong: '--seed must be a whole number.' };
  if (!(requestsPerMinute >= 8 && requestsPerMinute <= 10_000)) {
    return { wrong: '--requests-per-minute must be from 8 to 10000.' };
  }
  if (!(from < to)) return { wrong: '--from and --to must be times, the first before the second.' };
  return { seed, requestsPerMinute, from, to };
}

async function main(): Promise<void> {
  const options = asked(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(USAGE);
    return;
  }
  if ('wrong' in options) {
    process.stderr.write(`Error: ${options.wrong}\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  // `| head` is a way to look at it, not a mistake.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  let batch = '';
  for (const text of logText(options, options)) {
    batch += text;
    if (batch.length < BATCH_CHARACTERS) continue;
    if (!process.stdout.write(batch)) await once(process.stdout, 'drain');
    batch = '';
  }
  process.stdout.write(batch);
}

await main();
