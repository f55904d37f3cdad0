import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { runControl, runVariant, type Verdict } from './run-variant.ts';
import type { Variant } from './variant.ts';
import { variants } from './variants/index.ts';

const USAGE = `Usage: npm run sabotage -- [--only NAME]... [--list] [--jobs N]

Breaks the code in one way at a time and runs the tests that must notice. Beside that the same tests run with nothing broken.
Prints whether each was caught; exits with 1 if one was not, or if a test fails with nothing broken. How to add one: test/sabotage/variant.ts.

  --only NAME  only this variant; may be repeated
  --list       print the names and what each breaks, and run nothing
  --jobs N     how many at a time (default: the number of cores)
Example: npm run sabotage -- --only throttles-are-not-recognized`;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function refuse(problem: string): never {
  process.stderr.write(`Error: ${problem}\n${USAGE}\n`);
  process.exit(2);
}

function chosen(only: readonly string[]): readonly Variant[] {
  const unknown = only.find((name) => !variants.some((each) => each.name === name));
  if (unknown !== undefined) refuse(`there is no variant '${unknown}'; see --list.`);
  return only.length === 0 ? variants : variants.filter(({ name }) => only.includes(name));
}

async function tryOne(one: Variant): Promise<Verdict> {
  const verdict = await runVariant(one);
  say(`${verdict.verdict.padEnd(10)}  ${one.name}  (${verdict.detail.split('\n')[0]})`);
  if (verdict.verdict !== 'caught') say(`            breaks: ${one.breaks}`);
  return verdict;
}

async function checkControl(wanted: readonly Variant[]): Promise<readonly string[]> {
  const problems = await runControl(wanted);
  for (const problem of problems) say(`control     ${problem}`);
  if (problems.length === 0) say('control     every test passes with nothing broken');
  return problems;
}

async function sabotage(wanted: readonly Variant[], jobs: number): Promise<number> {
  const verdicts: Verdict[] = [];
  const problems: string[] = [];
  // The control takes as long as many variants: it is begun first, beside them.
  const waiting = [
    async () => void problems.push(...(await checkControl(wanted))),
    ...wanted.map((one) => async () => void verdicts.push(await tryOne(one))),
  ].values();
  const work = async (): Promise<void> => {
    for (const each of waiting) await each();
  };
  await Promise.all(Array.from({ length: jobs }, work));
  const count = (name: Verdict['verdict']): number =>
    verdicts.filter(({ verdict }) => verdict === name).length;
  say(
    `${verdicts.length} variants: ${count('caught')} caught, ${count('not caught')} not caught, ${count('error')} could not be tried`,
  );
  return problems.length === 0 && count('caught') === verdicts.length ? 0 : 1;
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    list: { type: 'boolean' },
    jobs: { type: 'string' },
    help: { type: 'boolean' },
  },
});
const wanted = chosen(values.only ?? []);
const jobs = Number(values.jobs ?? availableParallelism());
if (!Number.isInteger(jobs) || jobs < 1) refuse(`'${values.jobs}' is not a whole number above 0.`);
if (values.help === true) say(USAGE);
else if (values.list === true) for (const { name, breaks } of wanted) say(`${name}: ${breaks}`);
else process.exitCode = await sabotage(wanted, jobs);
