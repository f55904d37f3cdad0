import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import type { Cli, Ended } from './cli.ts';
import { strayUnits } from './interface-shapes.ts';

/** The one document of a command, in the shape that scripts rely on, and nothing beside it. */
export function documentOf<Shape extends z.ZodType>(ended: Ended, shape: Shape): z.infer<Shape> {
  const lines = ended.stdout.split('\n');
  if (lines.length !== 2 || lines[1] !== '') throw new Error(`not one document:\n${ended.stdout}`);
  const document: unknown = JSON.parse(lines[0] ?? '');
  expect(strayUnits(document)).toEqual([]);
  return shape.parse(document);
}

/** JSON is YAML: what a person would write by hand, without a dialect in the way. */
export function write(cli: Cli, name: string, document: object): string {
  writeFileSync(join(cli.folder, name), JSON.stringify({ apiVersion: 'lifeboat/v1', ...document }, null, 1));
  return name;
}

export function runbook(cli: Cli, name: string, resources: readonly object[], rest: object = {}): string {
  return write(cli, `${name}.yaml`, {
    kind: 'Runbook',
    name,
    objectives: { rto: '6h', rpo: '2h' },
    region: 'us-east-1',
    resources,
    ...rest,
  });
}

export function inventory(cli: Cli, name: string, parts: object): string {
  return write(cli, `${name}.inventory.yaml`, {
    kind: 'Inventory',
    capturedAt: '2026-11-20T03:00:00Z',
    account: '111111111111',
    region: 'us-east-1',
    zones: ['us-east-1a', 'us-east-1b'],
    ...parts,
  });
}

export function volume(id: string, rest: object = {}): object {
  return { id, zone: 'us-east-1a', type: 'gp3', sizeGiB: 100, tags: { app: 'events' }, ...rest };
}

/** A completed snapshot of this time of the day of the incident. */
export function snapshot(id: string, volumeId: string, time: string, rest: object = {}): object {
  const startedAt = `2026-11-20T${time}:00Z`;
  return { id, volumeId, startedAt, state: 'completed', sizeGiB: 100, fullSizeGiB: 33, ...rest };
}

export function dbInstance(id: string, rest: object = {}): object {
  return {
    id,
    engine: 'postgres',
    engineVersion: '16.4',
    class: 'db.r6g.xlarge',
    storageGiB: 800,
    storageType: 'gp3',
    iops: 12_000,
    throughputMiBps: 500,
    zone: 'us-east-1a',
    backupRetentionDays: 7,
    earliestRestorableTime: '2026-11-13T03:00:00Z',
    latestRestorableTime: '2026-11-20T02:57:00Z',
    ...rest,
  };
}

export function dbSnapshot(id: string, dbInstanceId: string, time: string, rest: object = {}): object {
  return {
    id,
    dbInstanceId,
    at: `2026-11-20T${time}:00Z`,
    source: 'automated',
    storageGiB: 800,
    engine: 'postgres',
    engineVersion: '16.4',
    ...rest,
  };
}

export const EVENTS = { id: 'events', type: 'ebs-volume', source: { tags: { app: 'events' } } };
