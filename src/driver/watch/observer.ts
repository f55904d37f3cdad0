import { SETTLE_SECONDS } from '../../facts/ebs.ts';
import type { ThingSighting } from '../../kinds/course.ts';
import type { Thing } from '../../kinds/things.ts';
import { SECOND_MS, type Instant } from '../../time.ts';
import type { Member } from '../../workflow/fleet.ts';
import { watchedOf, watchOf } from '../../workflow/resource/resource-watch.ts';
import type { Executor } from '../../workflow/base/executor.ts';
import { isThing, type ClaimSighting, type Watch } from '../../workflow/base/sightings.ts';

const SETTLE_MS = SETTLE_SECONDS * SECOND_MS;

/** When each thing was first missing, by its id. */
export type Absences = Readonly<Record<string, Instant>>;

interface Sighted {
  readonly resource: string;
  readonly sighting: ThingSighting;
  /** What follows depends on the time too: it is applied even if it was seen before. */
  readonly always: boolean;
}

/** The result of one look, by resource. */
export interface Look {
  readonly sighted: readonly Sighted[];
  /** Ids of things that the run made and that are missing in two reads a settle window apart. */
  readonly gone: readonly { readonly resource: string; readonly id: string }[];
  /** Everything that is missing so far, including in this look; the same object when nothing has changed. */
  readonly absences: Absences;
  /** Everything that was looked for was found. */
  readonly isComplete: boolean;
  /** The claim on the runbook, if it was read. */
  readonly claim?: ClaimSighting;
}

/** Unique over all that a look shows. */
export function keyOf({ type, id }: Pick<ThingSighting, 'type' | 'id'>): string {
  return `${type} ${id}`;
}

/** What a look derives from one answer of AWS. */
class Findings {
  readonly sighted: Sighted[] = [];
  readonly gone: { resource: string; id: string }[] = [];
  readonly #found: ReadonlyMap<string, ThingSighting>;
  readonly #at: Instant;
  #absences: Absences;

  constructor(things: readonly ThingSighting[], absences: Absences, at: Instant) {
    this.#found = new Map(things.map((sighting) => [keyOf(sighting), sighting]));
    this.#absences = absences;
    this.#at = at;
  }

  get absences(): Absences {
    return this.#absences;
  }

  see(thing: Thing, resource: string, always: boolean): void {
    const sighting = this.#found.get(keyOf(thing));
    if (sighting !== undefined) this.sighted.push({ resource, sighting, always });
  }

  /** False when the thing is missing. Reads are eventually consistent: a thing counts as gone only if it stays missing, and not right after its creation. */
  expect(thing: Thing, resource: string, createdAt: Instant): boolean {
    const { id } = thing;
    const since = this.#absences[id];
    if (this.#found.has(keyOf(thing))) {
      if (since !== undefined) this.#forget(id);
      return true;
    }
    if (since === undefined) this.#absences = { ...this.#absences, [id]: this.#at };
    else if (this.#at - since >= SETTLE_MS && this.#at - createdAt >= SETTLE_MS) {
      this.#forget(id);
      this.gone.push({ resource, id });
    }
    return false;
  }

  #forget(id: string): void {
    this.#absences = Object.fromEntries(Object.entries(this.#absences).filter(([other]) => other !== id));
  }
}

/** Reads these members in pages. `absences`: things that earlier looks did not find. */
export async function observe(
  executor: Executor,
  members: readonly Member[],
  absences: Absences,
  at: Instant,
  claim?: Watch['claim'],
): Promise<Look> {
  const watched = members.flatMap((member) =>
    watchedOf(member, at).map((one) => ({ ...one, resource: member.context.spec.id })),
  );
  const sightings = await executor.observe({ ...watchOf(watched), ...(claim !== undefined && { claim }) });
  const holder = sightings.find((sighting): sighting is ClaimSighting => !isThing(sighting));
  const findings = new Findings(sightings.filter(isThing), absences, at);
  let isComplete = true;
  for (const { resource, thing, see, expectedSince, needed } of watched) {
    if (see !== 'never') findings.see(thing, resource, see === 'always');
    const isMissing = expectedSince !== undefined && !findings.expect(thing, resource, expectedSince);
    // Other users may delete a completed recovery point: its absence does not make the look incomplete.
    if (isMissing && needed === true) isComplete = false;
  }
  const { sighted, gone } = findings;
  return {
    ...(holder !== undefined && { claim: holder }),
    ...{ sighted, gone, absences: findings.absences, isComplete },
  };
}
