import { inventorySchema } from '../../src/inventory/schema.ts';
import { runbookSchema } from '../../src/runbook/schema.ts';
import type { RunMode } from '../../src/plan/types.ts';
import { renderMarkdownReport } from '../../src/report/render/render-markdown.ts';
import type { Faults } from '../hosts/support.ts';
import { violationsOf } from './checkers/index.ts';
import { runScenario, type Outcome } from './outcome.ts';
import type { SeededScenario } from './scenario.ts';

// Goal: a drill attaches what it made to the instance of its isolation alone, and detaches it before it deletes it.

function scenario(isolation: object | undefined, mode: RunMode = 'drill'): SeededScenario {
  return {
    mode,
    runbook: runbookSchema.parse({
      ...{ apiVersion: 'lifeboat/v1', kind: 'Runbook', name: 'events', region: 'us-east-1' },
      objectives: { rto: '6h', rpo: '4h', dataComplete: '7d', availability: '99.5%' },
      resources: [
        {
          ...{
            id: 'events',
            type: 'ebs-volume',
            source: 'vol-1',
            strategies: ['provisioned-rate'],
            copies: 2,
          },
          target: { attachTo: { instance: 'i-prod', device: '/dev/sdf' } },
        },
      ],
      ...(isolation !== undefined && { drill: { isolation } }),
    }),
    inventory: inventorySchema.parse({
      ...{ apiVersion: 'lifeboat/v1', kind: 'Inventory', account: '111111111111', region: 'us-east-1' },
      ...{ capturedAt: '2026-11-20T03:00:00Z', zones: ['us-east-1a', 'us-east-1b'] },
      volumes: [
        { id: 'vol-1', zone: 'us-east-1a', type: 'gp3', sizeGiB: 20, iops: 3_000, throughputMiBps: 125 },
      ],
      snapshots: [
        {
          ...{ id: 'snap-1', volumeId: 'vol-1', startedAt: '2026-11-20T02:00:00Z', state: 'completed' },
          ...{ sizeGiB: 20, fullSizeGiB: 12 },
        },
      ],
      instances: ['i-prod', 'i-drill'].map((id) => ({ id, zone: 'us-east-1a', state: 'running' })),
    }),
  };
}

const sent = ({ after }: Outcome, operation: string): number =>
  after.calls.find((call) => call.operation === operation)?.total ?? 0;

test('both copies are attached to the instance of the isolation, detached and deleted', async () => {
  const outcome = await runScenario(1, scenario({ instance: 'i-drill' }), { faults: 'none', crashRate: 0 });
  expect(outcome.end).toMatchObject({ phase: 'completed' });
  expect(['AttachVolume', 'DetachVolume'].map((operation) => sent(outcome, operation))).toEqual([2, 2]);
  expect(violationsOf(outcome)).toEqual([]);
  expect(outcome.report.leftovers).toEqual([]);
  expect(outcome.report.resources[0]?.attachments).toEqual([]);
});

test('a restore attaches them to the instance of production, and leaves them there', async () => {
  const outcome = await runScenario(1, scenario(undefined, 'restore'), { faults: 'none', crashRate: 0 });
  expect(outcome.end).toMatchObject({ phase: 'completed' });
  expect(['AttachVolume', 'DetachVolume'].map((operation) => sent(outcome, operation))).toEqual([2, 0]);
  expect(violationsOf(outcome)).toEqual([]);
  const attached = outcome.after.volumes.filter(({ attachments }) => attachments.length > 0);
  expect(attached).toHaveLength(2);
  const markdown = renderMarkdownReport(outcome.report).replaceAll('\\', '');
  for (const { id, attachments } of attached) {
    const device = attachments[0]?.device ?? '';
    const place = {
      ...{ of: id, instance: 'i-prod', device },
      nvmePath: `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${id.replace('vol-', 'vol')}`,
    };
    expect(outcome.report.resources[0]?.attachments).toContainEqual(place);
    expect(markdown).toContain(`| i-prod | ${device} | ${place.nvmePath} |`);
  }
});

test('without an instance of its own a drill attaches nothing', async () => {
  const outcome = await runScenario(1, scenario(undefined), { faults: 'none', crashRate: 0 });
  expect(outcome.end).toMatchObject({ phase: 'completed' });
  expect(sent(outcome, 'AttachVolume')).toBe(0);
});

test.each<[Faults, number]>(
  [1, 2, 3, 4].flatMap((seed) => [
    ['flaky', seed],
    ['storm', seed],
  ]),
)('under %s %i nothing is left', async (faults, seed) => {
  const outcome = await runScenario(seed, scenario({ instance: 'i-drill' }), {
    faults,
    longestDowntimeMs: 600_000,
  });
  expect(violationsOf(outcome)).toEqual([]);
});
