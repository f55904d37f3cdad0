import { SETTLE_SECONDS } from '../facts/ebs.ts';
import { SECOND_MS, type Instant } from '../time.ts';
import { fsrKey } from '../workflow/allocator.ts';
import { watchFor, type Member } from '../workflow/fleet.ts';
import type { Executor } from '../workflow/ports.ts';
import type { Sighting } from '../workflow/sightings.ts';

const SETTLE_MS = SETTLE_SECONDS * SECOND_MS;

/** What one look brought, by resource. */
export interface Look {
  readonly sighted: readonly { readonly resource: string; readonly sighting: Sighting }[];
  /** Made, and missing in two reads a settle window apart. */
  readonly gone: readonly { readonly resource: string; readonly id: string }[];
  /** Everything that was looked for was found. */
  readonly isComplete: boolean;
}

function keyOf(sighting: Sighting): string {
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

  async look(members: readonly Member[], at: Instant): Promise<Look> {
    const watch = watchFor(members);
    const sightings = await this.#executor.observe(watch);
    const found = new Map(sightings.map((sighting) => [keyOf(sighting), sighting]));
    const look = {
      sighted: [] as { resource: string; sighting: Sighting }[],
      gone: [] as { resource: string; id: string }[],
      isComplete: true,
    };
    for (const { context, state } of members) {
      const resource = context.spec.id;
      if (context.fsr !== undefined && state === 'accelerating')
        this.#see(found.get(fsrKey(context.fsr)), resource, look.sighted);
      for (const make of state === 'failed' ? [] : context.makes) {
        if (make.id === undefined) continue;
        const sighting = found.get(make.id);
        this.#see(sighting, resource, look.sighted);
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
    sighting: Sighting | undefined,
    resource: string,
    sighted: { resource: string; sighting: Sighting }[],
  ): void {
    if (sighting === undefined) return;
    const key = `${resource} ${keyOf(sighting)}`;
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
