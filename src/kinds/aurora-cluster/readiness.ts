import { pointInTime, pointOf } from '../recovery-points.ts';
import type { RecoveryPoint } from '../recovery-points.ts';
import { allows, newerOf } from '../kind.ts';
import type { KindReadiness } from '../kind.ts';

export const auroraClusterReadiness: KindReadiness = {
  newestPoints: ({ dbClusters, dbClusterSnapshots, region }, _index, policy) => {
    const latest = new Map(dbClusters.map(({ id, latestRestorableTime: at }) => [id, at]));
    const snapshots = dbClusterSnapshots.filter(
      (snapshot) => snapshot.state === 'available' && (snapshot.region ?? region) === region,
    );
    return ({ resource, sourceId, gone }) => {
      const at = gone ? undefined : latest.get(sourceId);
      const copy = snapshots
        .filter(({ dbClusterId }) => dbClusterId === sourceId)
        .map((snapshot) => pointOf(snapshot.id, snapshot.at, policy))
        .reduce<RecoveryPoint | undefined>(newerOf, undefined);
      return newerOf(
        allows(resource, 'point-in-time') && at !== undefined ? pointInTime(sourceId, at, policy) : undefined,
        allows(resource, 'restore-snapshot') ? copy : undefined,
      );
    };
  },
  examples: () => ({}),
  unproven: () => [],
};
