import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { documentOf, environment, useCli, ORDERS, ROOT } from './cli.ts';
import { startByHand } from './waiting.ts';

// Goal: a run goes on without the connection that it was started from.

const RUN = 'orders-20261120T0300-1';
jest.setTimeout(120_000);
const cli = useCli();

interface Seen {
  readonly status: string;
  readonly driven: { readonly pid: number } | null;
}
const statusOf = async (state: string): Promise<Seen> =>
  documentOf<Seen>(await cli.run(['status', RUN, '--state', state, '--json']));

async function ended(state: string): Promise<Seen> {
  for (;;) {
    const seen = await statusOf(state);
    if (seen.driven === null) return seen;
    await sleep(100);
  }
}

test('SIGHUP to all that the operator has started does not end a detached restore', async () => {
  const words = ['restore', ...ORDERS, '--yes', '--detach', '--speed', '3000', '--state', 'left', '--json'];
  // A shell of its own, as sshd starts one: what hangs up is the whole group.
  const shell = spawn('/bin/sh', ['-c', '"$@"; exec sleep 60', 'sh', process.execPath, cli.entry, ...words], {
    cwd: cli.folder,
    env: environment(),
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(shell.stdout, 'data')) as [Buffer];
  const started = JSON.parse(said.toString()) as { readonly pid: number; readonly log: string };
  process.kill(-(shell.pid as number), 'SIGHUP');
  await once(shell, 'exit');
  expect((await statusOf('left')).driven?.pid).toBe(started.pid);
  expect(await ended('left')).toMatchObject({ status: 'completed' });
  expect(readFileSync(started.log, 'utf8')).toContain('RTO');
});

test('a detached run waits for people, and goes on when they have decided', async () => {
  const gated = join(cli.folder, 'gated.yaml');
  const runbook = readFileSync(join(ROOT, 'runbooks/orders.yaml'), 'utf8');
  writeFileSync(gated, `${runbook}\ngates: [{ before: restore, approvals: 2 }]\n`);
  expect((await startByHand(cli.folder, [gated, ...ORDERS.slice(1)])).exitCode).toBe(4);
  const on = ['--state', 'waiting'];
  const detached = await cli.run(['resume', RUN, '--detach', ...on]);
  expect([detached.exitCode, detached.stderr]).toEqual([0, '']);
  expect(detached.stdout).toMatch(/^Process \d+ drives orders-20261120T0300-1 without a terminal\./);
  const again = await cli.run(['resume', RUN, '--detach', ...on, '--json']);
  expect([again.exitCode, documentOf(again)]).toEqual([
    1,
    expect.objectContaining({
      code: 'RUN_NOT_POSSIBLE',
      message: expect.stringMatching(/^No process drives .*: Error: .*neither paused nor halted/),
    }),
  ]);
  for (const by of ['alex', 'kim'])
    expect((await cli.run(['approve', RUN, ...on, '--by', by])).exitCode).toBe(0);
  expect(await ended('waiting')).toMatchObject({ status: 'completed' });
});
