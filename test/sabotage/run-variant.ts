import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestSelection, Variant } from './variant.ts';

/** What came of a variant; `error`: it could not be tried, which is not the same as caught. */
export interface Verdict {
  readonly verdict: 'caught' | 'not caught' | 'error';
  /** The first test that failed, or why it is not caught. */
  readonly detail: string;
}

interface AssertionResult {
  readonly status: string;
  readonly fullName: string;
}

interface JestResults {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly AssertionResult[];
  }[];
}

interface Ran {
  readonly failed: readonly string[];
  readonly passed: number;
  /** A test file that could not be run at all, and why. */
  readonly broken: readonly string[];
  readonly isReached: boolean;
}

/** A sabotaged loop may never end. Such a variant is an error: choose a test that ends. */
const LONGEST_MS = 4 * 60_000;

/** Runs tests, sabotaged when a variant is named. Rejects when Jest gives no result. */
async function runTests(selections: readonly TestSelection[], variantName = ''): Promise<Ran> {
  const directory = mkdtempSync(join(tmpdir(), 'lifeboat-sabotage-'));
  const [output, reached] = [join(directory, 'results.json'), join(directory, 'reached')];
  const names = selections.map(({ name = '' }) => `(?:${name})`).join('|');
  const paths = [...new Set(selections.map(({ path }) => path))];
  const args = [
    ...['node_modules/jest/bin/jest.js', '--config', 'test/sabotage/jest.config.js', '--ci', '--silent'],
    ...['--runInBand', '--json', '--outputFile', output, '-t', names, '--runTestsByPath', ...paths],
  ];
  const env = { ...process.env, SABOTAGE_VARIANT: variantName, SABOTAGE_REACHED: reached };
  try {
    const errors = await new Promise<string>((resolve) => {
      execFile(
        process.execPath,
        args,
        { env, timeout: LONGEST_MS, killSignal: 'SIGKILL', maxBuffer: 2 ** 26 },
        (_error, _out, err) => resolve(err),
      );
    });
    if (!existsSync(output)) throw new Error(`Jest gave no result in time: ${errors.trim().slice(-400)}`);
    const { testResults } = JSON.parse(readFileSync(output, 'utf8')) as JestResults;
    const assertions = testResults.flatMap(({ assertionResults }) => assertionResults);
    return {
      failed: assertions.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
      passed: assertions.filter(({ status }) => status === 'passed').length,
      broken: testResults
        .filter(({ assertionResults, message }) => assertionResults.length === 0 && message !== '')
        .map(({ name, message }) => `${name}: ${message.slice(0, 400)}`),
      isReached: existsSync(reached),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function verdictOf({ failed, passed, broken, isReached }: Ran): Verdict {
  const [first] = failed;
  if (broken[0] !== undefined) return { verdict: 'error', detail: broken[0] };
  if (first !== undefined && isReached) return { verdict: 'caught', detail: first };
  if (first !== undefined)
    return { verdict: 'error', detail: `failed, but not by the sabotage, which was not reached: ${first}` };
  if (passed === 0) return { verdict: 'error', detail: 'no test has this path and name' };
  const why = isReached ? 'every test passed' : 'every test passed, and none reached the seam';
  return { verdict: 'not caught', detail: why };
}

/** Breaks the code as the variant says and runs its tests. Never rejects. */
export async function runVariant({ name, tests }: Variant): Promise<Verdict> {
  try {
    return verdictOf(await runTests(tests, name));
  } catch (error) {
    return { verdict: 'error', detail: error instanceof Error ? error.message : String(error) };
  }
}

/** What is wrong with the tests of the variants while nothing is broken: nothing, if all is well. */
export async function runControl(variants: readonly Variant[]): Promise<readonly string[]> {
  const selections = variants.flatMap(({ tests }) => tests);
  const whole = selections.filter(({ name }) => name === undefined);
  const named = selections.filter(({ name }) => name !== undefined);
  const problems: string[] = [];
  for (const group of [whole, named].filter(({ length }) => length > 0)) {
    const { failed, broken, passed } = await runTests(group);
    problems.push(...failed.map((name) => `fails without sabotage: ${name}`), ...broken);
    if (passed === 0) problems.push('no test ran without sabotage');
  }
  return problems;
}
