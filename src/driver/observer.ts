import { STATES } from '../workflow/resource/resource-state.ts';
import { SETTLE_SECONDS } from '../facts/ebs.ts';
import { SECOND_MS, type Instant } from '../time.ts';
import { fsrKey } from '../workflow/allocator.ts';
import { watchFor, type Member } from '../workflow/fleet.ts';
import { freshPoints } from '../workflow/resource/resource-requests.ts';
import type { Executor } from '../workflow/base/executor.ts';
import type { ClaimSighting, ThingSighting, Watch } from '../workflow/base/sightings.ts';

const SETTLE_MS = SETTLE_SECONDS * SECOND_MS;

/** What one look brought, by resource. */
export interface Look {
  readonly sighted: readonly { readonly resource: string; readonly sighting: ThingSighting }[];
  /** Made, and missing in two reads a settle window apart. */
  readonly gone: readonly { readonly resource: string; readonly id: string }[];
  /** Everything that was looked for was found. */
  readonly isComplete: boolean;
  /** Whose the runbook is, where that was asked. */
  readonly claim?: ClaimSighting;
}

function keyOf(sighting: ThingSighting): string {
  return sighting.kind === 'fsr' ? fsrKey(sighting) : sighting.id;
}

/** Reads the fleet in pages and tells what changed. What it remembers only spares events: losing it does no harm. */
export class Observer {
  readonly #executor: Executor;
  readonly #last = new Map<string, string>();
  readonly #absentSince = new Map<string, Instant>();

  constructor(executor: Executor) {
    this.#executor = executor;
  }

  async look(members: readonly Member[], at: Instant, claim?: Watch['claim']): Promise<Look> {
    const watch = watchFor(members);
    const sightings = await this.#executor.observe({ ...watch, ...(claim !== undefined && { claim }) });
    const things = sightings.filter((sighting) => sighting.kind !== 'claim');
    const holder = sightings.find((sighting) => sighting.kind === 'claim');
    const found = new Map(things.map((sighting) => [keyOf(sighting), sighting]));
    const look = {
      ...(holder !== undefined && { claim: holder }),
      sighted: [] as { resource: string; sighting: ThingSighting }[],
      gone: [] as { resource: string; id: string }[],
      isComplete: true,
    };
    for (const { context, state } of members) {
      const resource = context.spec.id;
      // Asked to try again, a resource needs to see everything anew, changed or not.
      const seer = `${resource} ${context.round}`;
      if (context.fsr !== undefined && state === 'accelerating')
        this.#see(found.get(fsrKey(context.fsr)), resource, seer, look.sighted);
      if (state === 'protecting') {
        for (const { id } of freshPoints(context)) {
          this.#see(found.get(id), resource, seer, look.sighted);
          // One that is complete may go: what becomes of recovery points later is not for this run to say.
          if (found.has(id)) this.#absentSince.delete(id);
          else if (this.#isGone(id, at - SETTLE_MS, at)) look.gone.push({ resource, id });
        }
      }
      for (const make of STATES.watched.has(state) ? context.makes : []) {
        if (make.id === undefined) continue;
        const sighting = found.get(make.id);
        this.#see(sighting, resource, seer, look.sighted);
        if (sighting !== undefined) this.#absentSince.delete(make.id);
        else {
          look.isComplete = false;
          if (this.#isGone(make.id, make.createdAt ?? at, at)) look.gone.push({ resource, id: make.id });
        }
      }
      for (const { id } of context.departing) {
        if (found.has(id)) this.#absentSince.delete(id);
        else if (this.#isGone(id, at - SETTLE_MS, at)) look.gone.push({ resource, id });
      }
    }
    return look;
  }

  #see(
    sighting: ThingSighting | undefined,
    resource: string,
    seer: string,
    sighted: { resource: string; sighting: ThingSighting }[],
  ): void {
    if (sighting === undefined) return;
    const key = `${seer} ${keyOf(sighting)}`;
    const text = JSON.stringify(sighting);
    if (this.#last.get(key) === text) return;
    this.#last.set(key, text);
    sighted.push({ resource, sighting });
  }

  /** Reads lag behind: absence counts only when it lasts, and not right after the creation. */
  #isGone(id: string, createdAt: Instant, at: Instant): boolean {
    const since = this.#absentSince.get(id);
    if (since === undefined) {
      this.#absentSince.set(id, at);
      return false;
    }
    if (at - since < SETTLE_MS || at - createdAt < SETTLE_MS) return false;
    this.#absentSince.delete(id);
    return true;
  }
}
