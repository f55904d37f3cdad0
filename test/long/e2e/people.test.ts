import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '../../../src/cli/main.ts';
import { fakeStreams } from '../../cli/streams.ts';
import type { FakeStreams } from '../../cli/streams.ts';
import { documentOf, useCli, ORDERS, ROOT } from '../../e2e/cli.ts';
import type { Ended } from '../../e2e/cli.ts';
import { startByHand } from '../../e2e/waiting.ts';

const RUN = 'orders-20261120T0300-1';
const SIMULATE = ORDERS.slice(1);
jest.setTimeout(60_000);

const cli = useCli();
let gated = '';
let started: Awaited<ReturnType<typeof startByHand>>;

beforeAll(async () => {
  gated = join(cli.folder, 'gated.yaml');
  const runbook = readFileSync(join(ROOT, 'runbooks/orders.yaml'), 'utf8');
  writeFileSync(gated, `${runbook}\ngates: [{ before: restore, approvals: 2 }]\n`);
  started = await startByHand(cli.folder, [gated, ...SIMULATE]);
});

/** A copy of the run that waits, for one test to do with as it likes. */
function waiting(name: string): readonly string[] {
  cpSync(join(cli.folder, 'waiting'), join(cli.folder, name), { recursive: true });
  return ['--state', name];
}

test('a recovery with a gate asks, starts, and waits for people', async () => {
  expect(started.exitCode).toBe(4);
  expect(started.stderr).toMatch(/Start this recovery\?.*\[y\/N\]/);
  expect(started.stderr).toContain(`lifeboat approve ${RUN} --state ${join(cli.folder, 'waiting')}, then:`);
  const state = waiting('looked-at');
  const [status, runs] = await Promise.all([
    cli.run(['status', ...state, '--json']),
    cli.run(['runs', ...state, '--json']),
  ]);
  expect(documentOf(status)).toMatchObject({
    status: 'running',
    phase: 'approval',
    resources: { total: 4, ready: 0, failed: 0 },
    waitingFor: ['0 of 2 approvals given before restore'],
  });
  expect(documentOf(runs)).toMatchObject({ runs: [{ runId: RUN, mode: 'restore', status: 'running' }] });
});

test('two people approve, each once, and resume carries it out', async () => {
  const state = waiting('approved');
  const approve = (by: string): Promise<Ended> => cli.run(['approve', RUN, ...state, '--by', by, '--json']);
  expect(documentOf(await approve('alex'))).toMatchObject({ runId: RUN, accepted: true, removed: [] });
  const again = await approve('alex');
  expect([again.exitCode, documentOf(again)]).toEqual([
    1,
    expect.objectContaining({ accepted: false, message: expect.stringContaining('another person must') }),
  ]);
  const early = await cli.run(['resume', RUN, ...state]);
  expect([early.exitCode, early.stderr]).toEqual([
    4,
    expect.stringContaining('Waiting: 1 of 2 approvals given before restore.'),
  ]);
  expect((await approve('alex')).exitCode).toBe(1);
  expect((await approve('kim')).exitCode).toBe(0);
  expect((await approve('sam')).exitCode).toBe(1);
  const resumed = await cli.run(['resume', RUN, ...state, '--json']);
  expect(resumed.exitCode).toBe(0);
  expect(documentOf(resumed)).toMatchObject({
    status: 'completed',
    approvals: [
      { by: 'alex', simulated: false },
      { by: 'kim', simulated: false },
    ],
  });
});

test('a rejected recovery is aborted, and can be cleaned up again and again', async () => {
  const state = waiting('rejected');
  const rejected = await cli.run(['reject', RUN, ...state, '--by', 'kim', '--reason', 'wrong plan']);
  expect([rejected.exitCode, rejected.stdout]).toEqual([
    0,
    `Accepted: reject ${RUN}\nNo process drives the run. Carry it out with: lifeboat resume ${RUN} --state rejected\n`,
  ]);
  expect((await cli.run(['approve', RUN, ...state])).exitCode).toBe(1);
  const resumed = await cli.run(['resume', RUN, ...state, '--json']);
  expect(resumed.exitCode).toBe(130);
  expect(documentOf(resumed)).toMatchObject({ status: 'aborted', leftovers: [] });
  for (let time = 0; time < 2; time += 1) {
    const cleaned = await cli.run(['cleanup', RUN, ...state, '--json']);
    expect([cleaned.exitCode, documentOf(cleaned)]).toEqual([
      0,
      expect.objectContaining({ accepted: true, removed: [] }),
    ]);
  }
});

test('resume cancels a pause that no driver has applied yet', async () => {
  const state = waiting('paused-unseen');
  expect((await cli.run(['pause', RUN, ...state])).exitCode).toBe(0);
  expect((await cli.run(['pause', RUN, ...state])).exitCode).toBe(1);
  const resumed = await cli.run(['resume', RUN, ...state]);
  expect([resumed.exitCode, resumed.stderr]).toEqual([
    4,
    expect.stringContaining('Waiting: 0 of 2 approvals given before restore.'),
  ]);
});

test('with --yes simulated people approve, and the report says that no operator was asked', async () => {
  const done = await cli.run(['restore', gated, ...SIMULATE, '--state', 'yes', '--yes', '--json']);
  expect(done.exitCode).toBe(0);
  const { approvals } = documentOf<{ approvals: { simulated: boolean }[] }>(done);
  expect(approvals.map(({ simulated }) => simulated)).toEqual([true, true]);
  const markdown = await cli.run(['report', RUN, '--state', 'yes', '--format', 'md']);
  expect(markdown.stdout).toContain('simulated: no person was asked');
});

test('resume --yes answers the approvals of a simulation, as restore --yes does', async () => {
  const resumed = await cli.run(['resume', RUN, ...waiting('resumed-yes'), '--yes', '--json']);
  expect(resumed.exitCode).toBe(0);
  expect(documentOf(resumed)).toMatchObject({
    status: 'completed',
    approvals: [{ simulated: true }, { simulated: true }],
  });
});

test('abort --keep --yes keeps', async () => {
  const state = waiting('abort-keep-yes');
  expect((await cli.run(['abort', RUN, ...state, '--keep', '--yes'])).exitCode).toBe(0);
  const resumed = await cli.run(['resume', RUN, ...state, '--yes']);
  expect([resumed.exitCode, resumed.stdout]).toEqual([130, expect.stringContaining('ABORTED')]);
  const history = await cli.run(['report', ...state, '--format', 'json']);
  expect(history.stdout).toContain('created resources are kept');
});

test('a drill asks for no approval, and reports that it skips the gate', async () => {
  const drill = await cli.run(['drill', gated, ...SIMULATE, '--state', 'drill-gated', '--json']);
  expect(drill.exitCode).toBe(0);
  expect(documentOf(drill)).toMatchObject({
    notExercised: [expect.stringMatching(/^gate approvals .*restore/)],
  });
});

describe('a recovery that waits before its end', () => {
  const HELD = `gates: [{ before: cutover, approvals: 1 }, { before: cleanup, approvals: 1 }]
manual: { instructions: "Move the name by hand", before: cutover }
`;

  beforeAll(async () => {
    const held = join(cli.folder, 'held.yaml');
    writeFileSync(held, `${readFileSync(join(ROOT, 'runbooks/orders.yaml'), 'utf8')}\n${HELD}`);
    const folder = join(cli.folder, 'held-at');
    const { exitCode } = await startByHand(folder, [held, ...SIMULATE]);
    expect(exitCode).toBe(4);
  });

  function held(name: string): readonly string[] {
    cpSync(join(cli.folder, 'held-at', 'waiting'), join(cli.folder, name), { recursive: true });
    return ['--state', name];
  }

  /** A person who answers the questions of `abort` one after the other; nothing at all is Ctrl-C. */
  async function abortBy(name: string, answers: readonly string[]): Promise<number> {
    const streams: FakeStreams = fakeStreams({ isTTY: true, env: { NO_COLOR: '1' } });
    const given = [...answers];
    streams.stderr.on('data', (chunk: Buffer) => {
      if (!chunk.toString().includes('[y/N]')) return;
      const answer = given.shift();
      setImmediate(() => {
        const keyboard = streams.stdin as unknown as NodeJS.WritableStream;
        keyboard.write(answer === undefined ? '\u0003' : `${answer}\n`);
      });
    });
    return main(['abort', RUN, '--state', join(cli.folder, name)], streams);
  }

  test('is told what an approval was taken for', async () => {
    const state = held('held-approved');
    const approve = (...given: readonly string[]): Promise<Ended> =>
      cli.run(['approve', RUN, ...state, ...given]);
    expect((await approve('--by', ' alex ')).stdout).toContain('approval 1 of 1 before cutover');
    const second = await approve('--by', 'alex', '--json');
    expect(documentOf(second)).toMatchObject({
      gate: 'cutover',
      step: 'cutover/manual/1',
      what: 'confirmed before cutover: Move the name by hand',
    });
  });

  test('a plain approval counts for nothing that is not asked yet; --gate and --step name it', async () => {
    const state = held('held-named');
    const approve = (...given: readonly string[]): Promise<Ended> =>
      cli.run(['approve', RUN, ...state, '--json', ...given]);
    const plain = [await approve(), await approve(), await approve(), await approve('--by', 'kim')];
    expect(plain.map(({ exitCode }) => exitCode)).toEqual([0, 0, 1, 1]);
    expect(documentOf(plain[2] as Ended)).toMatchObject({
      accepted: false,
      message: expect.stringContaining('asked later: --gate cleanup (0 of 1 approvals given before cleanup)'),
    });
    const unknown = await approve('--step', 'name');
    expect([unknown.exitCode, documentOf(unknown)]).toEqual([
      1,
      expect.objectContaining({ message: expect.stringContaining("the run has no step 'name' to approve") }),
    ]);
    expect((await approve('--step', '1', '--gate', 'cutover')).exitCode).toBe(2);
    // The driver hears what was accepted, and nothing else: the gate before cleanup is still closed.
    const waits = documentOf(await cli.run(['resume', RUN, ...state, '--json']));
    expect(waits).toMatchObject({
      phases: expect.anything(),
      waitingFor: ['0 of 1 approvals given before cleanup'],
    });
    expect(documentOf(await approve('--gate', 'cleanup'))).toMatchObject({ accepted: true, gate: 'cleanup' });
    expect((await cli.run(['resume', RUN, ...state])).exitCode).toBe(0);
  });

  test('an approval by name may come before it is asked, and says so', async () => {
    const state = held('held-early');
    const early = await cli.run(['approve', RUN, ...state, '--gate', 'cleanup']);
    expect(early.stdout).toContain('approval 1 of 1 before cleanup, before it is asked');
  });

  test('a blank in a name does not make another person, and a break-glass approval needs a reason', async () => {
    const state = waiting('blank');
    expect((await cli.run(['approve', RUN, ...state, '--by', 'alex'])).exitCode).toBe(0);
    expect((await cli.run(['approve', RUN, ...state, '--by', 'alex '])).exitCode).toBe(1);
    expect((await cli.run(['approve', RUN, ...state, '--break-glass', '--by', 'kim'])).exitCode).toBe(2);
  });

  test('is given up only by a yes, and never by Ctrl-C', async () => {
    const state = held('held-asked');
    expect(await abortBy('held-asked', [])).toBe(130);
    expect(await abortBy('held-asked', ['n', 'n'])).toBe(130);
    expect((await cli.run(['resume', RUN, ...state])).exitCode).toBe(4);
    expect(await abortBy('held-asked', ['n', 'y'])).toBe(0);
    const ended = documentOf<{ keptIds: string[] }>(
      await cli.run(['resume', RUN, ...state, '--yes', '--json']),
    );
    expect(ended).toMatchObject({ status: 'aborted', leftovers: [] });
    expect(ended.keptIds).toHaveLength(4);
    const { stdout } = await cli.run(['status', RUN, ...state]);
    expect(stdout).toContain('4 kept on purpose');
    expect(stdout).toContain('once the kept resources are not needed: lifeboat cleanup');
  });

  test('cleanup removes what an unapplied abort would keep', async () => {
    const state = held('held-cleaned');
    expect((await cli.run(['abort', RUN, ...state, '--keep'])).exitCode).toBe(0);
    const cleaned = await cli.run(['cleanup', RUN, ...state, '--json']);
    expect(cleaned.exitCode).toBe(0);
    expect(documentOf<{ removed: string[] }>(cleaned).removed).toHaveLength(4);
    const report = await cli.run(['report', RUN, ...state, '--json']);
    expect(documentOf(report)).toMatchObject({ status: 'aborted', keptIds: [], leftovers: [] });
  });
});

test('before the gate of the cleanup only an approval is advised, and what is refused says why', async () => {
  const late = join(cli.folder, 'late.yaml');
  const runbook = readFileSync(join(ROOT, 'runbooks/orders.yaml'), 'utf8');
  writeFileSync(late, `${runbook}\ngates: [{ before: cleanup, approvals: 1 }]\n`);
  const folder = join(cli.folder, 'late-at');
  expect((await startByHand(folder, [late, ...SIMULATE])).exitCode).toBe(4);
  const state = ['--state', join(folder, 'waiting')];
  const [status, reject, abort] = await Promise.all([
    cli.run(['status', ...state]),
    cli.run(['reject', RUN, ...state]),
    cli.run(['abort', RUN, ...state, '--keep']),
  ]);
  expect(status.stdout).toMatch(/RTO +MET: recovered after/);
  expect(status.stdout).toMatch(/to go on +lifeboat approve \S+ --state \S+$/m);
  expect(status.stdout).not.toMatch(/reject|abort/);
  for (const { exitCode, stderr } of [reject, abort])
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('the run is already being cleaned up')]);
});

test('the end of a freeze is never advised to be approved', async () => {
  const frozen = join(cli.folder, 'frozen.yaml');
  const runbook = readFileSync(join(ROOT, 'runbooks/orders.yaml'), 'utf8');
  writeFileSync(frozen, `${runbook}\ngates: [{ before: restore, freezeFile: freeze }]\n`);
  writeFileSync(join(cli.folder, 'freeze'), 'month end\n');
  const state = ['--state', 'frozen'];
  const held = await cli.run(['restore', frozen, ...SIMULATE, ...state, '--yes']);
  expect([held.exitCode, held.stderr]).toEqual([
    4,
    expect.stringMatching(/freeze before restore: .*After that, continue with: lifeboat resume/),
  ]);
  expect(held.stderr).not.toContain('lifeboat approve');
  rmSync(join(cli.folder, 'freeze'));
  expect((await cli.run(['resume', RUN, ...state])).exitCode).toBe(0);
});
