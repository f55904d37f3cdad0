import { Allocation } from '../../src/driver/fleet/allocation.ts';
import type { Plan, PlannedResource } from '../../src/plan/types.ts';
import type { Member } from '../../src/workflow/fleet.ts';
import { fc } from '../property.ts';
import { minutes, planned, strategy, Subject, T0, volumeSpec } from '../workflow/support.ts';

// An allocation that has seen every change must start the same resources as one that begins with the present state.

const SIZE = 12;

/** The last waits for the first alone, and for no quota. */
function specOf(index: number): PlannedResource {
  const isLast = index === SIZE - 1;
  const strategies = isLast
    ? [strategy('lazy', { spec: volumeSpec({ volumeType: 'gp2' }) })]
    : [strategy('provisioned-rate'), strategy('lazy')];
  return {
    ...planned(strategies, { copies: index === SIZE - 2 ? 2 : 1 }),
    ...{ id: `vol-${index}`, dependsOn: isLast ? ['vol-0'] : [] },
  };
}

class Fleet {
  readonly #specs = Array.from({ length: SIZE }, (_, index) => specOf(index));
  readonly #subjects = this.#specs.map((spec) => new Subject(spec));
  readonly #plan = {
    pools: { provisionedInitMiBps: 700, 'storageTiB.gp3': 0.5 },
    resources: this.#specs,
  } as unknown as Plan;
  readonly #ranks = new Map(this.#specs.map(({ id }, index) => [id, index]));
  readonly #kept = this.#anew();
  #made = 0;
  at = T0;

  play(which: number, what: number): void {
    const begun = this.#subjects.filter(
      ({ asked, context }) => asked.length > 0 || context.createdIds.length > 0,
    );
    const subject = begun[which % begun.length] as Subject;
    subject.at = this.at;
    const [asked] = subject.requests;
    const id = subject.copies.find(({ thing }) => thing !== undefined)?.thing?.id;
    if (what < 40) this.at += minutes(what / 10);
    else if (asked === 'createVolume' && what < 98)
      subject.answer(asked, { id: `made-${(this.#made += 1)}` });
    else if (asked === 'createVolume') subject.refuse(asked, 'invalid');
    else if (asked !== undefined) subject.answer(asked, { findings: [] });
    else if (id !== undefined) subject.see(id, what < 97 ? { progress: 100 } : { status: 'error' });
    this.#kept.update(subject.context.spec.id, memberOf(subject));
  }

  /** As the conductor does: until no resource starts any more. */
  settle(): number {
    let started = 0;
    for (;;) {
      const granted = this.#kept.grants([], this.at);
      if (granted.length === 0) return started;
      started += granted.length;
      for (const { id, existing } of granted) {
        const subject = this.#subjects.find(({ context }) => context.spec.id === id) as Subject;
        subject.send({ type: 'GRANTED', at: this.at, existing });
        this.#kept.update(id, memberOf(subject));
      }
    }
  }

  /** Resources that could start, and when a hold ends, by the present state alone. */
  get expected(): readonly unknown[] {
    const fresh = this.#anew();
    return [fresh.grants([], this.at), fresh.nextRelease];
  }

  get actual(): readonly unknown[] {
    return [[], this.#kept.nextRelease];
  }

  #anew(): Allocation {
    const allocation = new Allocation(this.#plan, this.#ranks);
    for (const subject of this.#subjects) allocation.update(subject.context.spec.id, memberOf(subject));
    return allocation;
  }
}

function memberOf({ state, context }: Subject): Member {
  return { state, context };
}

const plays = fc.array(fc.tuple(fc.nat({ max: 999 }), fc.nat({ max: 99 })), {
  minLength: 20,
  maxLength: 150,
});

test('whatever happens, an allocation starts what one that begins anew would start, and wakes when it would', () => {
  let started = 0;
  fc.assert(
    fc.property(plays, (choices) => {
      const fleet = new Fleet();
      started += fleet.settle();
      for (const [which, what] of choices) {
        fleet.play(which, what);
        started += fleet.settle();
        expect(fleet.actual).toEqual(fleet.expected);
      }
    }),
  );
  expect(started).toBeGreaterThan(SIZE * 10);
});
