import {
  attachmentPoint,
  isNitro,
  regionOfZone,
  takesProvisionedRate,
  takesVolumeCopies,
} from '../../src/facts/ebs.ts';

test.each([
  ['/dev/sdf', 'sdf'],
  ['/dev/xvdf', 'sdf'],
  ['xvdba', 'sdba'],
  ['/dev/sda1', 'sda1'],
  ['/dev/sdf16', undefined],
  ['/dev/nvme1n1', undefined],
  ['C:', undefined],
  ['/dev/hda', undefined],
])('%s stands for %s', (device, point) => {
  expect(attachmentPoint(device)).toBe(point);
});

test('old families are no Nitro instances', () => {
  expect(['m5.large', 't3.micro', 'c7g.xlarge', 'r4.large', 'm4.large', 't2.micro'].map(isNitro)).toEqual([
    ...[true, true, true],
    ...[false, false, false],
  ]);
});

test('provisioned rates are for zones of a Region alone, volume copies for Local Zones too', () => {
  const zones = ['us-east-1a', 'us-gov-west-1b', 'us-west-2-lax-1a', 'us-east-1-wl1-bos-wlz-1'];
  expect(zones.map(takesProvisionedRate)).toEqual([true, true, false, false]);
  expect(zones.map(takesVolumeCopies)).toEqual([true, true, true, false]);
  expect(zones.map(regionOfZone)).toEqual(['us-east-1', 'us-gov-west-1', 'us-west-2', 'us-east-1']);
});
