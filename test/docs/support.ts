import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runHere, type Ended } from '../cli/run-here.ts';

export const ROOT = join(__dirname, '../..');

/** Every page that a reader meets, by its path from the root. */
export const PAGES: readonly string[] = [
  ...['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md'],
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).flatMap((name) =>
    name.endsWith('.md') ? [`docs/${name}`] : [],
  ),
];

export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** A chapter of a page: from its heading to the next of its level or above. */
export function chapter(path: string, heading: string): string {
  const lines = read(path).split('\n');
  const start = lines.indexOf(heading);
  if (start === -1) throw new Error(`${path} has no heading '${heading}'`);
  const level = /^#+/.exec(heading)?.[0].length ?? 1;
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => (/^(#+) /.exec(line)?.[1]?.length ?? 9) <= level);
  return rest.slice(0, end === -1 ? undefined : end).join('\n');
}

/** The code of each fence of a language. */
export function fences(path: string, language: string): readonly string[] {
  return [...read(path).matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'))].map(
    ([, code = '']) => code,
  );
}

/** The command line in this process; paths count from the root, as they do for a reader. */
export function lifeboat(...args: readonly string[]): Promise<Ended> {
  if (!existsSync('runbooks/orders.yaml')) throw new Error('run the tests from the root of the project');
  return runHere(args);
}

/** The same, with a person at hand who answers its question. */
export const answered = (answer: string, ...args: readonly string[]): Promise<Ended> =>
  runHere(args, { answer });

/** With a state directory of its own. */
export async function withState<T>(use: (state: string) => Promise<T>): Promise<T> {
  const state = mkdtempSync(join(tmpdir(), 'lifeboat-docs-'));
  try {
    return await use(state);
  } finally {
    rmSync(state, { recursive: true });
  }
}

/** The arguments of a script of package.json that runs the command line. */
export function scriptArguments(name: string): readonly string[] {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const [node, entry, ...args] = (scripts[name] ?? '').split(' ');
  if (node !== 'node' || entry !== 'dist/lifeboat.js') throw new Error(`the script ${name} runs no lifeboat`);
  return args;
}
