import { attachmentPoint, isNitro } from '../../src/facts/ebs.ts';

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
