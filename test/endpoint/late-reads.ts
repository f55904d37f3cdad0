import type { Quirks } from './quirks.ts';
import type { EndpointCall } from '../../src/simulator/endpoint/serve.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The lists of answers, and what names an entry. */
const LISTS: Fields = {
  Volumes: 'VolumeId',
  VolumeStatuses: 'VolumeId',
  Snapshots: 'SnapshotId',
  DBInstances: 'DBInstanceIdentifier',
  DBSnapshots: 'DBSnapshotIdentifier',
};
/** What names the thing in the answer to a request that makes one. */
const MADE: Fields = {
  CreateVolume: 'VolumeId',
  CreateSnapshot: 'SnapshotId',
  CreateDBSnapshot: 'DBSnapshotIdentifier',
  RestoreDBInstanceFromDBSnapshot: 'DBInstanceIdentifier',
  RestoreDBInstanceToPointInTime: 'DBInstanceIdentifier',
};

/** Reads that do not show what was made a moment ago, as of an account far away, or show it as still being made. */
export class LateReads {
  /** When each thing was made, by its id. */
  readonly #made = new Map<string, number>();

  /** Notes what a request made, and leaves out of what is read the things that are too new. */
  told(
    { operation }: EndpointCall,
    output: object,
    { visibleAfterMs = 0, holds = false }: Pick<Quirks, 'visibleAfterMs' | 'holds'>,
  ): object {
    const made = MADE[operation];
    if (typeof made === 'string') {
      const { DBInstance, DBSnapshot } = output as { DBInstance?: Fields; DBSnapshot?: Fields };
      const id = String((DBSnapshot ?? DBInstance ?? (output as Fields))[made]);
      if (!this.#made.has(id)) this.#made.set(id, Date.now());
    }
    return Object.fromEntries(
      Object.entries(output).map(([name, value]) => {
        const idName = LISTS[name];
        if (typeof idName !== 'string' || !Array.isArray(value)) return [name, value];
        const madeAt = (thing: Fields): number => this.#made.get(String(thing[idName])) ?? 0;
        const seen = (value as readonly Fields[]).filter(
          (thing) => Date.now() - madeAt(thing) >= visibleAfterMs,
        );
        return [name, seen.map((thing) => (holds && madeAt(thing) > 0 ? creating(thing) : thing))];
      }),
    );
  }
}

function creating(thing: Fields): Fields {
  if ('DBInstanceStatus' in thing) return { ...thing, DBInstanceStatus: 'creating' };
  return 'State' in thing ? { ...thing, State: 'creating' } : thing;
}
