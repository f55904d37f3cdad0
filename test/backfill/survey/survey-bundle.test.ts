import { execFileSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { commonLine } from '../scan/logs.ts';

const root = join(import.meta.dirname, '../../..');

/** What the package's own script builds the worker from and to, e.g. `name=src/file.ts`. */
function workerEntry(): readonly [name: string, file: string] {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const [, name = '', file = ''] = /(\S*survey-worker)=(\S+)/.exec(scripts['build:command'] ?? '') ?? [];
  return [name, file];
}

test('a built program finds its workers beside it', async () => {
  const scratch = join(root, 'node_modules', '.cache', 'lifeboat-bundle');
  mkdirSync(scratch, { recursive: true });
  const folder = mkdtempSync(join(scratch, 'run-'));
  try {
    const [name, file] = workerEntry();
    const program = join(folder, 'program.ts');
    const log = join(folder, 'a.log');
    writeFileSync(log, `${commonLine(1, 500)}\n${commonLine(2)}\n`.repeat(50));
    writeFileSync(
      program,
      `import { runSurvey } from '${root}/src/backfill/survey/run-survey.ts';
       import { openTextSources } from '${root}/src/backfill/sources/text-sources.ts';
       const sources = await openTextSources([{ path: ${JSON.stringify(log)} }], { spoolDirectory: ${JSON.stringify(folder)} });
       const settings = { failed: ['5xx'], bucketMs: 60_000, select: { failed: true, spans: [] } };
       let lines = 0;
       const take = ({ starts }) => void (lines += starts.length);
       const survey = await runSurvey(sources, settings, take, { threads: 2, rangeBytes: 500 });
       console.log(JSON.stringify([survey.sources[0].requests, survey.sources[0].failed, lines]));`,
    );
    await build({
      ...{ entryPoints: { program, [name]: join(root, file) }, outdir: join(folder, 'out'), bundle: true },
      ...{ splitting: true, platform: 'node', format: 'esm', target: 'node22', logLevel: 'silent' },
    });
    writeFileSync(join(folder, 'out', 'package.json'), '{ "type": "module" }');
    const said = execFileSync(process.execPath, [join(folder, 'out', 'program.js')], { encoding: 'utf8' });
    expect(JSON.parse(said)).toEqual([100, 50, 50]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
