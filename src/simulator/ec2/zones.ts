import type {
  DescribeAvailabilityZonesCommandInput,
  DescribeAvailabilityZonesCommandOutput,
} from '@aws-sdk/client-ec2';
import { compileFilters } from '../service/filters.ts';
import { ec2Failure } from '../service/ec2-rds-errors.ts';
import type { Account, WorldState } from '../state/state.ts';

/** Ids of the zones of a Region by name, e.g. `us-east-1b` is `use1-az2` in this account. */
export function zoneIds(region: string, zones: readonly string[]): Record<string, string> {
  const [area = '', place = '', number = ''] = region.split(/-(?=[^-]+-\d$)|-(?=\d$)/);
  const short = place.replace(/^(north|south)?(east|west)?(central)?.*$/, (_, ...parts: unknown[]) =>
    parts
      .slice(0, 3)
      .map((part) => (typeof part === 'string' ? part.charAt(0) : ''))
      .join(''),
  );
  return Object.fromEntries(zones.map((zone, index) => [zone, `${area}${short}${number}-az${index + 1}`]));
}

export function zoneIdOf(account: Account, zone: string): string | undefined {
  return account.zoneIds[zone];
}

/**
 * The zone that a request names, by name or by id.
 *
 * @throws EC2ServiceException MissingParameter, InvalidParameterCombination, InvalidZone.NotFound
 */
export function zoneNamed(account: Account, name: string | undefined, id: string | undefined): string {
  if (name !== undefined && id !== undefined) {
    throw ec2Failure('InvalidParameterCombination', 'Name the Availability Zone or its ID, not both.');
  }
  if (name === undefined && id === undefined) {
    throw ec2Failure('MissingParameter', 'The request must contain the parameter zone');
  }
  const zone = account.zones.find((candidate) => candidate === name || zoneIdOf(account, candidate) === id);
  if (zone === undefined) {
    throw ec2Failure('InvalidZone.NotFound', `The zone '${name ?? id}' does not exist.`);
  }
  return zone;
}

export function describeAvailabilityZones(
  state: WorldState,
  input: DescribeAvailabilityZonesCommandInput,
): Omit<DescribeAvailabilityZonesCommandOutput, '$metadata'> {
  const { account } = state;
  const holds = compileFilters<{ readonly name: string; readonly tags?: never }>(input.Filters, {
    'zone-name': ({ name }) => [name],
    'zone-id': ({ name }) => [zoneIdOf(account, name)],
    'region-name': () => [account.region],
    'zone-type': () => ['availability-zone'],
    state: () => ['available'],
  });
  const unknown = (input.ZoneNames ?? []).find((name) => !account.zones.includes(name));
  if (unknown !== undefined)
    throw ec2Failure('InvalidParameterValue', `Invalid availability zone: [${unknown}]`);
  return {
    AvailabilityZones: account.zones
      .filter((name) => (input.ZoneNames?.includes(name) ?? true) && holds({ name }))
      .map((name) => ({
        ZoneName: name,
        ZoneId: zoneIdOf(account, name),
        RegionName: account.region,
        State: 'available',
        ZoneType: 'availability-zone',
        OptInStatus: 'opt-in-not-required',
      })),
  };
}
