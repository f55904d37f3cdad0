import { startAccount } from '../endpoint/account.ts';
import { useLifeboat, expectNoStack, made, runbook, shop } from '../e2e/account-stage.ts';

const lifeboat = useLifeboat({ 'shop.yaml': runbook('shop') });

test('names at their limits, control characters, 50 tags and thousands of strangers', async () => {
  const many = Object.fromEntries(Array.from({ length: 49 }, (_, index) => [`k${index}`, 'v'.repeat(255)]));
  const name = `a\u0001\u001b[31m"<&>\u0000${'n'.repeat(240)}`;
  const strangers = Array.from({ length: 3_000 }, (_, index) => [
    `vol-1${index}`,
    { Name: `stranger ${index}` },
  ]);
  const volumes = [
    ['vol-0a1', { app: 'events', ...many }],
    ['vol-0a2', { app: 'events', Name: name }],
    ...strangers,
  ].map(([id, tags]) => ({ id, zone: 'us-east-1a', type: 'gp3', sizeGiB: 1, tags }));
  const crowd = await startAccount({ inventory: shop({ volumes }) });
  try {
    const ended = await lifeboat.run({ url: crowd.url }, 'restore shop.yaml --yes --json --state crowd');
    expectNoStack(ended);
    const { status } = JSON.parse(ended.stdout) as { readonly status: string };
    expect([ended.exitCode, status]).toEqual([0, 'completed']);
    const ids = made(crowd).volumes;
    expect(ids).toHaveLength(2);
    for (const { id, tags } of crowd.world.volumes())
      if (ids.includes(id)) expect(Object.keys(tags).length).toBeLessThanOrEqual(50);
  } finally {
    await crowd.close();
  }
});
