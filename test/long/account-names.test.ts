import { startPeer } from '../peer/peer.ts';
import { useLifeboat, expectNoStack, made, runbook, shop } from '../e2e/peer-stage.ts';

const lifeboat = useLifeboat({ 'shop.yaml': runbook('shop') });

test('names at their limits, control characters, 50 tags and thousands of strangers', async () => {
  const many = Object.fromEntries(Array.from({ length: 49 }, (_, index) => [`k${index}`, 'v'.repeat(255)]));
  const [first] = shop().volumes ?? [];
  const crowd = await startPeer({
    seed: {
      ...shop(),
      volumes: [
        { ...first, id: 'vol-0a1', tags: { app: 'events', ...many } },
        { id: 'vol-0a2', tags: { app: 'events', Name: `a\u0001\u001b[31m"<&>\u0000${'n'.repeat(240)}` } },
        ...Array.from({ length: 3_000 }, (_, index) => ({
          id: `vol-1${index}`,
          tags: { Name: `stranger ${index}` },
        })),
      ],
    },
  });
  try {
    const ended = await lifeboat.run({ url: crowd.url }, 'restore shop.yaml --yes --json --state crowd');
    expectNoStack(ended);
    const { status } = JSON.parse(ended.stdout) as { readonly status: string };
    expect([ended.exitCode, status]).toEqual([0, 'completed']);
    const { volumes } = made(crowd);
    expect(volumes).toHaveLength(2);
    for (const id of volumes)
      expect(Object.keys(crowd.world.volumes.get(id)?.tags ?? {}).length).toBeLessThanOrEqual(50);
  } finally {
    await crowd.close();
  }
});
