import type { KindName } from '../kinds/things.ts';
import type { KindActor, KindAdapter, KindReader, Run, Services } from './adapter.ts';
import { ebsVolumeAdapter } from './ebs-volume/adapter.ts';
import { rdsInstanceAdapter } from './rds-instance/adapter.ts';

/** The adapter of each kind, in the order in which they are asked. */
export const ADAPTERS: readonly KindAdapter[] = [ebsVolumeAdapter, rdsInstanceAdapter];

export function adapterFor(kind: KindName): KindAdapter {
  const adapter = ADAPTERS.find((one) => one.kind === kind);
  if (adapter === undefined) throw new Error(`there is no adapter for '${kind}'`);
  return adapter;
}

export type Readers = ReadonlyMap<KindName, KindReader>;

/** The kinds whose services have clients. */
export function readersOf(services: Services): Readers {
  return connected((adapter) => adapter.reader(services));
}

export function actorsOf(services: Services, run: Run): ReadonlyMap<KindName, KindActor> {
  return connected((adapter) => adapter.actor(services, run));
}

function connected<Connection>(
  connect: (adapter: KindAdapter) => Connection | undefined,
): ReadonlyMap<KindName, Connection> {
  const connections = new Map<KindName, Connection>();
  for (const adapter of ADAPTERS) {
    const connection = connect(adapter);
    if (connection !== undefined) connections.set(adapter.kind, connection);
  }
  return connections;
}
