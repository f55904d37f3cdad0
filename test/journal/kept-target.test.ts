import { isLiteral, keptTargets, literalIn, withoutWebhooks } from '../../src/journal/kept-target.ts';

const URL_TEXT = 'https://chat.example/services/s3cret';
const DECLARED = [{ sns: 'arn:aws:sns:us-east-1:1:a' }, { webhook: URL_TEXT }, { webhook: { env: 'HOOK' } }];

test('only addresses that stand in the runbook are kept as their place', () => {
  const kept = keptTargets(DECLARED, '/srv/orders.yaml');
  expect(JSON.stringify(kept)).not.toContain('s3cret');
  expect(kept.map(isLiteral)).toEqual([false, true, false]);
  expect(kept[1]).toMatchObject({
    webhook: { runbook: '/srv/orders.yaml', index: 1, origin: 'https://chat.example' },
  });
});

test('the address is found again, or another is not taken for it', () => {
  const [, target] = keptTargets(DECLARED, '/srv/orders.yaml');
  if (target === undefined || !isLiteral(target)) throw new Error('expected a literal');
  expect(literalIn({ notify: DECLARED }, target)).toBe(URL_TEXT);
  for (const other of [
    { notify: [{}, { webhook: `${URL_TEXT}x` }] },
    { notify: [] },
    { notify: 1 },
    {},
    null,
    'x',
  ])
    expect(literalIn(other, target)).toBeUndefined();
});

test('the text of the runbook is kept without them', () => {
  const text = withoutWebhooks(`notify: [{ webhook: ${URL_TEXT} }]`, DECLARED);
  expect(text).toBe('notify: [{ webhook: https://chat.example/[redacted] }]');
});
