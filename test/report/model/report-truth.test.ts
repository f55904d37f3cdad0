import { PLAIN_PALETTE } from '../../../src/report/layout/palette.ts';
import { renderMarkdownReport } from '../../../src/report/render/render-markdown.ts';
import { renderVerdict } from '../../../src/report/render/render-verdict.ts';
import { buildReport } from '../../../src/report/model/report.ts';
import { viewRun } from '../../../src/report/model/run-view.ts';
import type { RunView } from '../../../src/report/model/run-view.ts';
import type { Part } from '../../../src/kinds/steps.ts';
import { made } from '../../things.ts';
import { after, HandRun, planOf, resource } from '../fixtures.ts';

describe('what a run says of itself stays true', () => {
  const view = (change: Partial<RunView>): RunView => {
    const run = new HandRun(planOf([resource('data')], { mode: 'restore' }));
    run.passPreflight(after(5));
    run.grant('data', after(10));
    return { ...viewRun(run.record, run.state), ...change };
  };

  test('fresh recovery points and kept things are gone after a cleanup', () => {
    const { resources, recovery } = view({});
    const [data] = resources;
    if (data === undefined || recovery === undefined) throw new Error('it has begun');
    const base = { copy: 0, generation: 1, strategy: 0, data: {}, stage: 'live' } as const;
    const parts: readonly Part[] = [
      { ...base, role: 'volume', type: 'volume', use: 'result', at: {}, thing: made('volume', 'vol-new') },
      {
        ...{ ...base, role: 'point', type: 'snapshot', use: 'protection', builtOn: ['volume'] },
        ...{ at: { completed: 5 }, thing: made('snapshot', 'snap-new') },
      },
    ];
    const protectedRun = {
      phase: 'completed' as const,
      recovery: { ...recovery, keptIds: ['vol-kept'] },
      resources: [{ ...data, state: 'protected' as const, context: { ...data.context, parts } }],
    };
    const before = buildReport(view(protectedRun), [], []);
    expect(before.keptIds).toEqual(['vol-kept']);
    expect(before.resources[0]?.protection).toMatchObject([{ id: 'snap-new', removed: false }]);
    expect(renderVerdict(before, PLAIN_PALETTE)).toContain('1 of 1 by a fresh recovery point');
    const gone = buildReport(view({ ...protectedRun, cleanedUp: true }), [], []);
    expect(gone.keptIds).toEqual([]);
    expect(gone.resources[0]?.protection).toMatchObject([{ id: 'snap-new', removed: true }]);
    expect(renderVerdict(gone, PLAIN_PALETTE)).toContain('nothing any more');
    expect(renderMarkdownReport(gone)).toContain('removed since');
  });

  test.each([
    ['completed', 'none required'],
    ['aborted', 'none given'],
    ['restore', 'none given so far'],
  ] as const)('%s without approvals: %s', (phase, words) => {
    const report = buildReport(view({ phase }), [], []);
    expect(renderVerdict(report, PLAIN_PALETTE)).toMatch(new RegExp(`approved by +${words}$`, 'm'));
    expect(renderMarkdownReport(report)).toContain(`\n${words.replace('n', 'N')}.\n`);
  });

  test('a person who is called like a simulated approver is none on a real account', () => {
    const gates = [
      { id: 'a', before: 'restore', kind: 'approvals', approvals: 2, why: 'the runbook asks for 2' } as const,
    ];
    const run = new HandRun(planOf([resource('data')], { mode: 'restore' }), gates, {
      options: { yes: false, incidentDeclared: true },
    });
    run.passPreflight(after(5));
    run.tell({ type: 'approve', at: after(60), by: 'simulated-approver-1', identity: 'break-glass' });
    const { approvals, asksPeople } = buildReport(viewRun(run.record, run.state), [], []);
    expect(approvals).toMatchObject([{ simulated: false, breakGlass: true }]);
    expect(asksPeople).toBe(true);
  });
});
