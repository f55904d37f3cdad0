import { drill } from './drill.ts';
import { journal } from './journal.ts';
import { lambda } from './lambda.ts';
import { rate } from './rate.ts';
import { replay } from './replay.ts';
import { retry } from './retry.ts';
import { scan } from './scan.ts';
import { startup } from './startup.ts';
import { starvation } from './starvation.ts';
import { BenchFailure } from './support.ts';
import type { Bench, Figure } from './support.ts';

/** Every bench by its name on the command line; a new one is a file of its own and a line here. */
const benches: Readonly<Record<string, Bench>> = {
  drill,
  journal,
  lambda,
  rate,
  replay,
  retry,
  scan,
  startup,
  starvation,
};

const USAGE = 'npm run --silent bench -- NAME [--json]';

function list(): string {
  const width = Math.max(...Object.keys(benches).map((name) => name.length));
  return Object.entries(benches)
    .map(([name, bench]) => `  ${name.padEnd(width)}  ${bench.about}\n`)
    .join('');
}

function table(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, value, unit, goal, met }) => [
    name,
    `${value} ${unit}`,
    goal === null ? '' : `goal ${goal}`,
    met === null ? '' : met ? 'met' : 'MISSED',
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** Prints the failure as the other commands do and gives the exit code. */
function fail(asJson: boolean, exitCode: number, code: string, message: string, next: string): number {
  if (asJson) {
    process.stdout.write(`${JSON.stringify({ schema: 'lifeboat.error/v1', code, message, next })}\n`);
  }
  process.stderr.write(`Error: ${message}\nTry: ${next}\n`);
  return exitCode;
}

async function main(args: readonly string[]): Promise<number> {
  const asJson = args.includes('--json');
  const [name, ...surplus] = args.filter((arg) => arg !== '--json');
  if (name === undefined) {
    process.stdout.write(`Usage: ${USAGE}\n\n${list()}`);
    return 0;
  }
  const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
  if (bench === undefined || surplus.length > 0) {
    const message =
      bench === undefined
        ? `There is no bench '${name}'.`
        : `One bench at a time: '${surplus.join(' ')}' is too much.`;
    return fail(
      asJson,
      2,
      'USAGE',
      message,
      `${USAGE}, where NAME is one of ${Object.keys(benches).join(', ')}.`,
    );
  }
  try {
    const figures = await bench.run();
    process.stdout.write(
      asJson ? `${JSON.stringify({ schema: 'lifeboat.bench/v1', name, figures })}\n` : table(figures),
    );
    return 0;
  } catch (error) {
    if (!(error instanceof BenchFailure)) throw error;
    return fail(
      asJson,
      1,
      'BENCH_FAILED',
      error.message,
      `Put that right and repeat: ${USAGE.replace('NAME', name)}.`,
    );
  }
}

process.exitCode = await main(process.argv.slice(2));
