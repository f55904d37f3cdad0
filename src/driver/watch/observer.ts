import { STATES } from '../../workflow/resource/resource-state.ts';
import { SETTLE_SECONDS, fsrKey } from '../../facts/ebs.ts';
import { SECOND_MS, type Instant } from '../../time.ts';
import { watchFor, type Member } from '../../workflow/fleet.ts';
import { freshPoints } from '../../workflow/resource/resource-requests.ts';
import type { Executor } from '../../workflow/base/executor.ts';
import type { ClaimSighting, ThingSighting, Watch } from '../../workflow/base/sightings.ts';

const SETTLE_MS = SETTLE_SECONDS * SECOND_MS;

/** When each thing was first missing, by its id. */
export type Absences = Readonly<Record<string, Instant>>;

/** The result of one look, by resource. */
export interface Look {
  readonly sighted: readonly { readonly resource: string; readonly sighting: ThingSighting }[];
  /** Ids of things that the run made and that are missing in two reads a settle window apart. */
  readonly gone: readonly { readonly resource: string; readonly id: string }[];
  /** Everything that is missing so far, including in this look; the same object when nothing has changed. */
  readonly absences: Absences;
  /** Everything that was looked for was found. */
  readonly isComplete: boolean;
  /** The claim on the runbook, if it was read. */
  readonly claim?: ClaimSighting;
}

export function keyOf(sighting: ThingSighting): string {
  return sighting.kind === 'fsr' ? fsrKey(sighting) : sighting.id;
}

/** What a look derives from one answer of AWS. */
class Findings {
  readonly sighted: { resource: string; sighting: ThingSighting }[] = [];
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

  see(key: string, resource: string): void {
    const sighting = this.#found.get(key);
    if (sighting !== undefined) this.sighted.push({ resource, sighting });
  }

  /** False when the thing is missing. Reads are eventually consistent: a thing counts as gone only if it stays missing, and not right after its creation. */
  expect(id: string, resource: string, createdAt: Instant): boolean {
    const since = this.#absences[id];
    if (this.#found.has(id)) {
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
  const watch = watchFor(members);
  const sightings = await executor.observe({ ...watch, ...(claim !== undefined && { claim }) });
  const holder = sightings.find((sighting) => sighting.kind === 'claim');
  const things = sightings.filter((sighting) => sighting.kind !== 'claim');
  const findings = new Findings(things, absences, at);
  let isComplete = true;
  for (const { context, state } of members) {
    const resource = context.spec.id;
    if (context.fsr !== undefined && state === 'accelerating') findings.see(fsrKey(context.fsr), resource);
    if (state === 'protecting') {
      for (const { id } of freshPoints(context)) {
        findings.see(id, resource);
        // Other users may delete a completed recovery point, so its absence does not make the look incomplete.
        findings.expect(id, resource, at - SETTLE_MS);
      }
    }
    for (const { id, createdAt } of STATES.watched.has(state) ? context.makes : []) {
      if (id === undefined) continue;
      findings.see(id, resource);
      if (!findings.expect(id, resource, createdAt ?? at)) isComplete = false;
    }
    for (const { id } of context.departing) findings.expect(id, resource, at - SETTLE_MS);
  }
  const { sighted, gone } = findings;
  return {
    ...(holder !== undefined && { claim: holder }),
    ...{ sighted, gone, absences: findings.absences, isComplete },
  };
}
