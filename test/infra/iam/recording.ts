import { captureInventory } from '../../../src/aws/capture/capture.ts';
import { probePermissions } from '../../../src/aws/permissions.ts';
import { selectMembers, unite } from '../../../src/inventory/membership.ts';
import type { RunMode } from '../../../src/plan/types.ts';
import { wantedActions } from '../../../src/readiness/permission-problems.ts';
import type { Senders, World } from '../../../src/simulator/index.ts';
import { NEVER, rehearse, type Faults, type Scenario } from '../../hosts/support.ts';
import { asksOf } from './operations.ts';
import type { IamRequest } from './request.ts';
import type { DeployedRole } from './roles.ts';

type Command = { readonly input: object };
type Send = (command: Command, ...rest: readonly unknown[]) => Promise<unknown>;

const SERVICES = ['ec2', 'rds', 'ssm', 'kms', 'quotas', 'cloudwatch'] as const;
/** An operator resumes what halted so often, then aborts it. */
const RESUMES = 3;
/** Parts of tags that no policy can depend on, because every request has others. */
const OWN = /\/(Name|lifeboat:(identity|resource))$/;

/** What a run asks of IAM, each kind of request once. */
export class Recording {
  readonly #requests = new Map<string, IamRequest>();
  readonly #unknown = new Set<string>();

  /** @throws Error when something was sent that no row of the table knows: to the run it would look like a failure of AWS */
  get requests(): readonly IamRequest[] {
    if (this.#unknown.size > 0)
      throw new Error(`no row in operations.ts says what IAM is asked for: ${[...this.#unknown].join(', ')}`);
    return [...this.#requests.values()];
  }

  /** The services of the world; what is sent to them is recorded, whatever becomes of it. */
  around(world: World): Senders {
    const facts = { region: world.account.region, snapshot: () => world.snapshotOf() };
    const wrapped = SERVICES.map((name) => {
      const send = world[name].send.bind(world[name]) as Send;
      const recorded: Send = (command, ...rest) => {
        const asked = asksOf(command, facts);
        if (asked === undefined) this.#unknown.add(command.constructor.name);
        for (const request of asked ?? []) this.#requests.set(keyOf(request), request);
        return send(command, ...rest);
      };
      return [name, { send: recorded }];
    });
    return { ...world, ...Object.fromEntries(wrapped) } as Senders;
  }
}

/** Requests that differ only in what no policy looks at are one: ids of volumes and snapshots, names, the run's number. */
function keyOf({ action, resource, context }: IamRequest): string {
  const rest = Object.entries(context).filter(([key]) => !OWN.test(key));
  return JSON.stringify([action, resource, rest]).replaceAll(/(vol|snap)-[0-9a-z]+/g, '$1-*');
}

/** No run gets by with fewer kinds of requests: a recording of less has recorded nothing. */
const FEWEST_REQUESTS = 20;

/** What a role refuses of all that a run asks for. */
export async function deniedTo(
  role: DeployedRole,
  scenario: Scenario,
  options: { readonly mode: RunMode; readonly faults: Faults; readonly seed?: number },
): Promise<readonly string[]> {
  const requests = await requestsOf(scenario, options);
  if (requests.length < FEWEST_REQUESTS) throw new Error(`only ${requests.length} requests were recorded`);
  const denied: string[] = [];
  for (const request of requests) {
    const decision = await role.decide(request);
    const { action, resource, context } = request;
    if (decision !== 'Allowed')
      denied.push(`${action} on ${resource}: ${decision} ${JSON.stringify(context)}`);
  }
  return denied;
}

const known = new Map<string, Promise<readonly IamRequest[]>>();

/** A run is played once, however many roles are asked about it. */
function requestsOf(...[scenario, options]: Parameters<typeof played>): ReturnType<typeof played> {
  const key = JSON.stringify([scenario, options]);
  const requests = known.get(key) ?? played(scenario, options);
  known.set(key, requests);
  return requests;
}

/** Plays a run to its end, after a capture of the account as its plan needs it. */
async function played(
  scenario: Scenario,
  { mode, faults, seed = 1 }: { readonly mode: RunMode; readonly faults: Faults; readonly seed?: number },
): Promise<readonly IamRequest[]> {
  const recording = new Recording();
  const { host, journal } = await rehearse(scenario, {
    ...{ mode, faults, seed },
    probe: () => ({ wrapClients: (world) => recording.around(world) }),
  });
  const { region } = host.world.account;
  const clients = recording.around(host.world);
  await captureInventory({
    clients,
    call: (_, send) => send(),
    region,
    now: scenario.inventory.capturedAt,
  }).catch(() => undefined);
  let end = await host.drive(NEVER);
  for (let drives = 1; end.paused || end.phase === 'halted'; drives += 1) {
    if (drives > 2 * RESUMES) throw new Error('the run does not end');
    const kind = drives > RESUMES ? 'abort' : 'resume';
    await journal.signal({ at: host.world.snapshotOf().at, kind, by: 'operator' });
    end = await host.drive(NEVER);
  }
  await host.close();
  return recording.requests;
}

/** The dry runs of a check of the account. */
export async function dryRunsOf(scenario: Scenario): Promise<readonly IamRequest[]> {
  const recording = new Recording();
  const { host, plan } = await rehearse(scenario, { mode: 'restore' });
  const { runbook, inventory } = scenario;
  const membership = selectMembers(runbook, unite(inventory, undefined));
  await probePermissions(recording.around(host.world), wantedActions({ plan, runbook, membership }));
  await host.close();
  return recording.requests;
}
