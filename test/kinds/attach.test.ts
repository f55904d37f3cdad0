import { phasesOf } from '../../src/kinds/phases.ts';
import { stepProblems } from '../../src/kinds/step-problems.ts';
import { inventoryOf, planOf, resourceOf, volumeWithSnapshot } from '../plan/builders.ts';

type Resource = Parameters<typeof planOf>[0][number];
type VolumeInput = NonNullable<NonNullable<Parameters<typeof inventoryOf>[0]>['volumes']>[number];
type Options = NonNullable<Parameters<typeof planOf>[2]>;

const INSTANCE = { id: 'i-9', zone: 'us-east-1a', state: 'running' as const };
const attachTo = { instance: 'i-9', device: '/dev/sdg' };

/** Two volumes with the tag `app: events`, and what else is attached. */
function planned(
  resource: Partial<Resource>,
  options: Options = {},
  others: readonly VolumeInput[] = [],
  instance: object = {},
) {
  const [one, two] = [volumeWithSnapshot('vol-1'), volumeWithSnapshot('vol-2')];
  const inventory = inventoryOf({
    volumes: [one.volume, two.volume, ...others],
    snapshots: [one.snapshot, two.snapshot],
    instances: [{ ...INSTANCE, ...instance }],
  });
  return planOf(
    [{ id: 'v', type: 'ebs-volume', source: 'vol-1', target: { attachTo }, ...resource } as Resource],
    inventory,
    options,
  );
}

const first = (plan: ReturnType<typeof planned>, id = 'v') => resourceOf(plan, id).strategies[0];
const why = (plan: ReturnType<typeof planned>) =>
  resourceOf(plan, 'v').alternatives.map((alternative) => alternative.why);

function attached(id: string, device: string): VolumeInput {
  return { id, zone: 'us-east-1a', type: 'gp3', sizeGiB: 10, attachedTo: { instanceId: 'i-9', device } };
}

describe('a volume that is attached', () => {
  test.each(['fsr', 'provisioned-rate'] as const)('is attached once it is hydrated, by %s', (name) => {
    const plan = planned({ strategies: [name] } as Partial<Resource>);
    const strategy = first(plan);
    const steps = strategy?.steps ?? [];
    expect(steps.map(({ id }) => id).slice(-3)).toEqual(['hydrate', 'attach', 'verify']);
    expect(steps.at(-2)).toMatchObject({
      touchesProduction: true,
      undo: 'detachVolume',
      makes: { builtOn: ['volume'] },
    });
    expect(stepProblems(steps, 'restore')).toEqual([]);
    expect(strategy?.spec).toMatchObject({ attachTo: { instanceId: 'i-9', devices: ['/dev/sdg'] } });
    expect(phasesOf({ steps }).warm?.p50Seconds).toBeGreaterThanOrEqual(5);
  });

  test('is left alone in a drill without an instance of its own', () => {
    const strategy = first(planned({}, { mode: 'drill' }));
    expect(strategy?.steps.map(({ id }) => id)).not.toContain('attach');
    expect(strategy?.spec).not.toHaveProperty('attachTo');
  });

  test('is attached to the instance of the drill, which is not production', () => {
    const runbookParts = { drill: { isolation: { instance: 'i-drill' } } };
    const strategy = first(planned({}, { mode: 'drill', runbookParts }));
    expect(strategy?.spec).toMatchObject({ attachTo: { instanceId: 'i-drill', devices: ['/dev/sdg'] } });
    expect(strategy?.steps.find(({ id }) => id === 'attach')).not.toHaveProperty('touchesProduction');
  });
});

describe('device names', () => {
  test('of several copies are the next ones that are free', () => {
    const plan = planned({ copies: 3 } as Partial<Resource>, {}, [attached('vol-x', '/dev/xvdh')]);
    expect(first(plan)?.spec).toMatchObject({ attachTo: { devices: ['/dev/sdg', '/dev/sdi', '/dev/sdj'] } });
  });

  test('of the volumes of a selector differ', () => {
    const plan = planned({ source: { tags: { app: 'events' } } } as Partial<Resource>);
    expect(['v/vol-1', 'v/vol-2'].map((id) => first(plan, id)?.spec)).toMatchObject([
      { attachTo: { devices: ['/dev/sdg'] } },
      { attachTo: { devices: ['/dev/sdh'] } },
    ]);
  });

  test('that are taken are told before the run', () => {
    expect(why(planned({}, {}, [attached('vol-x', '/dev/sdg')]))).toContain(
      '/dev/sdg of i-9 is taken by vol-x: detach that, or give another device',
    );
  });

  test('that do not suffice are told before the run', () => {
    expect(why(planned({ copies: 11 } as Partial<Resource>))).toContain(
      'i-9 has too few free device names from /dev/sdg to /dev/sdp',
    );
  });
});

test('an instance in another zone is told before the run', () => {
  expect(why(planned({}, {}, [], { zone: 'us-east-1b' }))).toContain(
    'i-9 is in us-east-1b, and the volume would be in us-east-1a: give target.zone',
  );
});
