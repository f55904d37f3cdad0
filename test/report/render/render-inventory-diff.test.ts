import type { InventoryDiff } from '../../../src/inventory/diff.ts';
import { PLAIN_PALETTE } from '../../../src/report/layout/palette.ts';
import { renderInventoryDiff } from '../../../src/report/render/render-inventory-diff.ts';

const NOTHING: InventoryDiff = {
  schema: 'lifeboat.inventory-diff/v1',
  earlierAt: '2026-11-20T03:00:00Z',
  laterAt: '2026-11-20T05:05:00Z',
  added: [],
  removed: [],
  changed: [],
  notCompared: [],
};

const render = (parts: Partial<InventoryDiff>, width?: number) =>
  renderInventoryDiff({ ...NOTHING, ...parts }, PLAIN_PALETTE, width);

test('nothing is one line', () => {
  expect(render({})).toBe(
    'Since the capture of 2026-11-20 03:00:00 UTC (2 h 05 min earlier): 0 added, 0 removed, 0 changed.',
  );
});

test('what came, what went and what changed, by list', () => {
  expect(
    render({
      added: [
        { list: 'volumes', id: 'vol-1' },
        { list: 'snapshots', id: 'snap-1' },
        { list: 'volumes', id: 'vol-2' },
      ],
      removed: [{ list: 'quotas', id: 'fsrSnapshots' }],
      changed: [
        { list: 'volumes', id: 'vol-3', field: 'sizeGiB', from: 100, to: 200 },
        { list: 'volumes', id: 'vol-3', field: 'tags.app', from: null, to: 'events' },
        { list: 'dbInstances', id: 'd', field: 'securityGroups', from: ['a'], to: ['a', 'b'] },
        {
          ...{ list: 'dbInstances', id: 'd', field: 'latestRestorableTime' },
          ...{ from: '2026-11-20T02:55:00Z', to: '2026-11-20T02:55:00Z' },
        },
      ],
      notCompared: [{ list: 'instances', field: 'managedBySsm', operation: 'DescribeInstanceInformation' }],
    }).split('\n'),
  ).toEqual([
    'Since the capture of 2026-11-20 03:00:00 UTC (2 h 05 min earlier): 3 added, 1 removed, 4 changed.',
    '  + volumes: vol-1, vol-2',
    '  + snapshots: snap-1',
    '  - quotas: fsrSnapshots',
    '  ~ volumes: vol-3 sizeGiB: 100 -> 200',
    '  ~ volumes: vol-3 tags.app: none -> events',
    '  ~ dbInstances: d securityGroups: ["a"] -> ["a","b"]',
    '  ~ dbInstances: d latestRestorableTime: has not moved on from 2026-11-20T02:55:00Z',
    'Not compared: instances.managedBySsm, because DescribeInstanceInformation could not be read in one of the captures.',
  ]);
});

test('thousands are counted, and names cannot steer the terminal', () => {
  const text = render(
    {
      added: Array.from({ length: 5_000 }, (_, index) => ({ list: 'volumes', id: `vol-\u001b[2J${index}` })),
      changed: Array.from({ length: 5_000 }, (_, index) => ({
        ...{ list: 'volumes', id: `vol-${index}`, field: 'tags.\u0007', from: 'x'.repeat(5_000), to: null },
      })),
    },
    80,
  );
  expect(text).toContain('and 4,992 more');
  expect(text).toContain('and 4,960 more changes: see --json.');
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  expect(text.length).toBeLessThan(20_000);
});
