import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './cli.ts';

interface Metafile {
  readonly inputs: Readonly<Record<string, unknown>>;
}

test('the license of every package that is bundled is shipped', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lifeboat-licenses-'));
  const { scripts, files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
    files: readonly string[];
  };
  const into = (script = '') =>
    script
      .replaceAll('node_modules/.cache/', `${folder}/`)
      .replace(/--outdir=\S+/, `--outdir=${folder}`)
      .replace(/\bdist\//, `${folder}/`);
  const env = { ...process.env, PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}` };
  try {
    for (const name of ['build:command', 'build:licenses'])
      execFileSync('/bin/sh', ['-c', into(scripts[name])], { cwd: ROOT, env });
    const { inputs } = JSON.parse(readFileSync(join(folder, 'lifeboat-bundle.json'), 'utf8')) as Metafile;
    const bundled = new Set(
      Object.keys(inputs).flatMap(
        (input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0] ?? [],
      ),
    );
    const text = readFileSync(join(folder, 'THIRD-PARTY-LICENSES'), 'utf8');
    const names = [...bundled].map((place) => place.replace(/^.*node_modules\//, ''));
    expect(names).toEqual(expect.arrayContaining(['undici', 'zod', 'xstate', 'yaml', 'commander', 'semver']));
    for (const place of bundled) {
      const { name, version, license } = JSON.parse(
        readFileSync(join(ROOT, place, 'package.json'), 'utf8'),
      ) as { name: string; version: string; license: string };
      expect(text).toContain(`\n${name} ${version} (${license})\n`);
    }
    expect(text).toContain('Copyright (c) Matteo Collina and Undici contributors');
    expect(scripts['build:js']).toContain('build:licenses');
    expect(files).toContain('dist');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
