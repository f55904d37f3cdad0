import type { Volume } from '@aws-sdk/client-ec2';
import type { DBInstance } from '@aws-sdk/client-rds';
import { VOLUME_COMPARED_ROWS } from '../kinds/ebs-volume/settings.ts';
import { DB_COMPARED_ROWS } from '../kinds/rds-instance/settings.ts';
import { differencesOf, type Difference } from '../kinds/settings.ts';
import type { DbInstanceSpec, VolumeSpec } from '../plan/types.ts';
import type { Finding } from '../workflow/base/effects.ts';

/**
 * What of a volume is not as it was asked for; empty when all is well. A field that the endpoint does not return is not different.
 *
 * @example compareVolume(spec, volume) // [{ subject: 'volume vol-1: iops', message: 'is 3000, not 6000', ... }]
 */
export function compareVolume(spec: VolumeSpec, actual: Volume): Finding[] {
  const id = actual.VolumeId ?? '?';
  return findingsOf(`volume ${id}`, id, differencesOf(VOLUME_COMPARED_ROWS, spec, actual));
}

/**
 * What of a DB instance is not as it was asked for, what it is about to become taken for what it is; empty when all is well. A field
 * that the endpoint does not return is not different.
 *
 * @example compareDbInstance(spec, instance) // [{ subject: 'DB instance orders-1: parameter group', message: 'is default.postgres16, not orders-pg16', ... }]
 */
export function compareDbInstance(spec: DbInstanceSpec, actual: DBInstance): Finding[] {
  const id = actual.DBInstanceIdentifier ?? '?';
  const subject = `DB instance ${id}`;
  return [
    ...findingsOf(subject, id, differencesOf(DB_COMPARED_ROWS, spec, actual)),
    ...waitingGroup(subject, id, actual),
  ];
}

/** A parameter group that waits for a reboot is not in force. */
function waitingGroup(subject: string, id: string, { DBParameterGroups: groups }: DBInstance): Finding[] {
  const waiting = groups?.find(({ ParameterApplyStatus: status }) => status === 'pending-reboot');
  if (waiting === undefined) return [];
  const group = waiting.DBParameterGroupName ?? 'it';
  const property = 'parameter group';
  return [
    {
      subject: `${subject}: ${property}`,
      message: `${group} is not in force before a reboot`,
      code: 'configuration-differs',
      data: { thing: id, property, wanted: group, actual: 'pending-reboot' },
    },
  ];
}

function findingsOf(subject: string, id: string, differences: readonly Difference[]): Finding[] {
  return differences.map(({ label: property, wanted, found: actual }) => ({
    subject: `${subject}: ${property}`,
    message: `is ${actual}, not ${wanted}`,
    code: 'configuration-differs',
    data: { thing: id, property, wanted, actual },
  }));
}
