import { hash32 } from '../../hash.ts';
import type { Instant } from '../../time.ts';
import type { Dice } from '../chance/dice.ts';
import type { FaultName } from '../chance/faults.ts';
import type { Numbers } from '../model/numbers.ts';
import type { Operation } from './operation.ts';

/** The chance of one call. */
export interface Chance {
  /** The key of the draw. */
  readonly key: string;
  /** Whether this fault strikes the call; then the same thing asked again has another chance. */
  readonly strikes: (fault: FaultName) => boolean;
}

/**
 * Draws the faults of calls so that a process which dies and is started again meets those that it would have met anyway: it asks some things
 * once more, and that must shift nothing.
 */
export class CallChance {
  readonly #dice: Dice;
  readonly #numbers: Numbers;
  /** How often each read was refused at the clock's present instant: a repeat at the same instant is not refused for ever. */
  readonly #refusedReads = new Map<string, number>();
  #readAt: Instant = 0;

  constructor(dice: Dice, numbers: Numbers) {
    this.#dice = dice;
    this.#numbers = numbers;
  }

  /** The client is another process from now on. */
  reconnect(): void {
    this.#refusedReads.clear();
  }

  ofCall(operation: Operation, input: object, now: Instant): Chance {
    // The bytes of an object would take long, and its name tells requests apart.
    const asked = `${operation.name}/${hash32(JSON.stringify({ ...input, Body: undefined }))}`;
    return operation.reads ? this.#ofRead(asked, now) : this.#ofWrite(asked, now);
  }

  /** A read: by its request and the instant. */
  #ofRead(asked: string, now: Instant): Chance {
    if (now !== this.#readAt) this.#refusedReads.clear();
    this.#readAt = now;
    const refused = this.#refusedReads.get(asked) ?? 0;
    return this.#chance(`${asked}/${now}/${refused}`, () => this.#refusedReads.set(asked, refused + 1));
  }

  /** A write: by its request and the number of earlier instants at which it was refused; repeated at the same instant it meets the same chance. */
  #ofWrite(asked: string, now: Instant): Chance {
    const numbers = this.#numbers;
    const isSameInstant = numbers.has(`chanceAt/${asked}`) && numbers.get(`chanceAt/${asked}`) === now;
    const refused = numbers.get(`chance/${asked}`) - (isSameInstant ? 1 : 0);
    return this.#chance(`${asked}/${refused}`, () => {
      numbers.set(`chance/${asked}`, refused + 1);
      numbers.set(`chanceAt/${asked}`, now);
    });
  }

  #chance(key: string, note: () => void): Chance {
    return {
      key,
      strikes: (fault) => {
        const struck = this.#dice.strikes(fault, key);
        if (struck) note();
        return struck;
      },
    };
  }
}
