import { serveAccount, type ServedAccount } from '../../src/simulator/endpoint/account.ts';
import type { EndpointCall, EndpointHooks } from '../../src/simulator/endpoint/serve.ts';
import type { World } from '../../src/simulator/index.ts';
import type { Inventory } from '../../src/inventory/schema.ts';
import { inventory as inventoryOf } from '../simulator/support.ts';
import { LateReads } from './late-reads.ts';
import { Faults, type Fault, type Quirks } from './quirks.ts';
import { carryOutPart, deliverTwice, inputOf, outputOf, refuse } from './service-faults.ts';
import { respond } from './wire-faults.ts';

/** A request as it came in, and what became of it. */
export interface Recorded {
  /** Real time. */
  readonly at: number;
  readonly service: EndpointCall['service'];
  readonly operation: string;
  readonly accessKey: string;
  readonly region: string;
  readonly userAgent: string;
  /** It would change something that a recovery is about; a dry run does not. */
  readonly mutating: boolean;
  readonly dryRun: boolean;
  readonly input: object;
  /** What befell it, if anything did. */
  readonly fault: Fault['does'] | undefined;
  /** `ok`, the code of a refusal, or the fault that befell it. */
  outcome: string;
}

export interface AccountOptions {
  /** Absent: an account with nothing in it. */
  readonly inventory?: Inventory;
  readonly quirks?: Quirks;
}

/** A simulated account on loopback, for tests that use the real SDK over HTTP. */
export interface TestAccount extends ServedAccount {
  readonly requests: readonly Recorded[];
  /** From now on it is like this; counts and times of faults begin anew. */
  setQuirks(quirks: Quirks): void;
}

/** What takes an hour on AWS is done in a third of a second. */
const FAST = 10_000;

export async function startAccount({
  inventory = EMPTY,
  quirks = {},
}: AccountOptions = {}): Promise<TestAccount> {
  const bugs: unknown[] = [];
  const stand = new QuirkStand(() => account.world);
  const account: ServedAccount = await serveAccount({
    ...{ inventory, speed: quirks.speed ?? FAST, hooks: stand.hooks },
    onBug: (error) => bugs.push(error),
  });
  stand.set(quirks);
  return {
    ...account,
    requests: stand.requests,
    setQuirks: (next) => {
      stand.set(next);
      account.clock.setSpeed(next.speed ?? FAST);
    },
    close: async () => {
      await account.close();
      expect(bugs).toEqual([]);
    },
  };
}

const EMPTY = inventoryOf({
  ...{ volumes: [], snapshots: [], instances: [], dbInstances: [], dbSnapshots: [], kmsKeys: [] },
});

/** Stands between clients and the simulated services. */
export class QuirkStand {
  readonly requests: Recorded[] = [];
  readonly #world: () => World;
  readonly #struck = new WeakMap<
    EndpointCall,
    { readonly fault: Fault | undefined; readonly recorded: Recorded }
  >();
  readonly #late = new LateReads();
  #quirks: Quirks = {};
  #faults = new Faults([], 0);

  constructor(world: () => World) {
    this.#world = world;
  }

  set(quirks: Quirks): void {
    this.#quirks = quirks;
    this.#faults = new Faults(quirks.faults ?? [], Date.now());
  }

  readonly hooks: EndpointHooks = {
    respond: (call, reply, response) => respond(this.#meet(call), reply, response),
    carryOut: (call, next) => this.#carryOut(call, next),
  };

  #meet(call: EndpointCall): Fault | undefined {
    const { service, operation, region, userAgent, input } = call;
    const { accessKey } = call.caller;
    const dryRun = 'DryRun' in input && input.DryRun === true;
    const mutates = !call.reads && !dryRun && operation !== 'Publish';
    const fault = this.#faults.next({ operation, service, accessKey, mutates }, Date.now());
    const recorded: Recorded = {
      ...{ at: Date.now(), service, operation, accessKey, region, userAgent, dryRun, input },
      ...{ mutating: mutates, fault: fault?.does, outcome: fault?.does ?? 'ok' },
    };
    this.requests.push(recorded);
    this.#struck.set(call, { fault, recorded });
    return fault;
  }

  async #carryOut(call: EndpointCall, next: (input: object) => Promise<object>): Promise<object> {
    const { fault, recorded } = this.#struck.get(call) ?? {};
    const quirks = this.#quirks;
    try {
      refuse(call, fault, quirks, this.#world());
      const input = inputOf(call, quirks);
      const output = fault?.does === 'part' ? await carryOutPart(fault.code, input, next) : await next(input);
      if (quirks.deliversTwice === true) await deliverTwice(this.#world(), input, output);
      const seen = this.#late.told(call, output, quirks);
      return outputOf(call, seen, quirks);
    } catch (error) {
      const { Code, name } = error as { readonly Code?: string; readonly name: string };
      if (recorded !== undefined) recorded.outcome = Code ?? name;
      throw error;
    }
  }
}
