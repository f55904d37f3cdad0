import { VOLUME_TYPE_LIMITS } from './ebs.ts';

/**
 * Which sizes, IOPS and throughputs EC2 and RDS accept, as documented. One table for the simulator, which refuses a request, and for the check of an
 * inventory that would lead to it.
 */

/** A volume, or the storage of a DB instance, as a request asks for it. */
export interface StorageShape {
  readonly type: string;
  readonly sizeGiB: number;
  readonly iops?: number | undefined;
  readonly throughputMiBps?: number | undefined;
}

/** Why AWS refuses it. */
export interface StorageFault {
  readonly field: keyof StorageShape;
  readonly code: 'InvalidParameterValue' | 'InvalidParameterCombination' | 'MissingParameter';
  /** In AWS's words. */
  readonly message: string;
  /** The limit, and what would fit: "gp3 has ...: lower it". */
  readonly limit: string;
}

interface Span {
  readonly least: number;
  readonly most: number;
}

interface Rules {
  readonly sizeGiB: Span;
  /** Absent: IOPS cannot be chosen. */
  readonly iops?: Span & {
    readonly perGiB: number;
    /** The least per GiB. */
    readonly leastPerGiB?: number;
    /** It has to be given. */
    readonly isRequired?: true;
  };
  /** Absent: a throughput cannot be chosen. */
  readonly throughputMiBps?: Span;
}

export const GP3_IOPS = 3_000;
export const GP3_THROUGHPUT_MIBPS = 125;
const THROUGHPUT_MIBPS_PER_IOPS = 0.25;
const GP2_IOPS_PER_GIB = 3;
const GP2_IOPS: Span = { least: 100, most: 16_000 };

const most = (type: string): { readonly iops: number; readonly throughputMiBps: number } =>
  VOLUME_TYPE_LIMITS[type] ?? { iops: 0, throughputMiBps: 0 };

const VOLUME_RULES: Readonly<Record<string, Rules>> = {
  gp2: { sizeGiB: { least: 1, most: 16_384 } },
  gp3: {
    sizeGiB: { least: 1, most: 65_536 },
    iops: { least: GP3_IOPS, most: most('gp3').iops, perGiB: 500 },
    throughputMiBps: { least: GP3_THROUGHPUT_MIBPS, most: most('gp3').throughputMiBps },
  },
  io1: {
    sizeGiB: { least: 4, most: 16_384 },
    iops: { least: 100, most: most('io1').iops, perGiB: 50, isRequired: true },
  },
  io2: {
    sizeGiB: { least: 4, most: 65_536 },
    iops: { least: 100, most: most('io2').iops, perGiB: 1_000, isRequired: true },
  },
  st1: { sizeGiB: { least: 125, most: 16_384 } },
  sc1: { sizeGiB: { least: 125, most: 16_384 } },
  standard: { sizeGiB: { least: 1, most: 1_024 } },
};

/** IOPS of a gp2 volume, which follow from its size. */
export function gp2Iops(sizeGiB: number): number {
  return Math.min(GP2_IOPS.most, Math.max(GP2_IOPS.least, sizeGiB * GP2_IOPS_PER_GIB));
}

/** The first reason for which CreateVolume refuses such a volume. */
export function volumeFault(shape: StorageShape): StorageFault | undefined {
  const rules = Object.hasOwn(VOLUME_RULES, shape.type) ? VOLUME_RULES[shape.type] : undefined;
  if (rules === undefined) {
    const message = `Unknown volume type: ${shape.type}`;
    return fault('type', 'InvalidParameterValue', message, `expected ${listed(VOLUME_RULES)}`);
  }
  return sizeFault(shape, rules) ?? iopsFault(shape, rules) ?? throughputFault(shape, rules);
}

/** What a DB instance's storage is part of. */
export interface DbStorageShape extends StorageShape {
  readonly engine: string;
}

/** From this size on RDS stripes gp3 over several volumes; below it IOPS and throughput are fixed. By engine family; others have no floor. */
const GP3_FLOOR_GIB: Readonly<Record<string, number>> = {
  postgres: 400,
  mysql: 400,
  mariadb: 400,
  oracle: 200,
};
const DB_GP3_STRIPED = { iops: 12_000, throughputMiBps: 500 } as const;
const DB_GP3_MOST = { iops: 64_000, throughputMiBps: 4_000 } as const;

/** Storage types of RDS. Aurora has its own, which are not asked for at a restore. */
const DB_SIZES_GIB: Readonly<Record<string, Span>> = {
  gp2: { least: 20, most: 65_536 },
  gp3: { least: 20, most: 65_536 },
  io1: { least: 100, most: 65_536 },
  io2: { least: 100, most: 65_536 },
  standard: { least: 5, most: 3_072 },
};

const familyOf = (engine: string): string => engine.split('-')[0] ?? '';

/** The smallest gp3 storage of this engine whose IOPS and throughput can be chosen, GiB. */
export function gp3FloorGiB(engine: string): number {
  return GP3_FLOOR_GIB[familyOf(engine)] ?? 0;
}

function dbRules({ engine, type, sizeGiB }: DbStorageShape): Rules | undefined {
  const size = Object.hasOwn(DB_SIZES_GIB, type) ? DB_SIZES_GIB[type] : undefined;
  if (size === undefined) return undefined;
  const isSqlServer = familyOf(engine) === 'sqlserver';
  const sizes = { sizeGiB: isSqlServer ? { ...size, least: 20 } : size };
  const leastPerGiB = isSqlServer ? 1 : 0.5;
  if (type === 'io1')
    return { ...sizes, iops: { least: 1_000, most: 256_000, perGiB: 50, leastPerGiB, isRequired: true } };
  if (type === 'io2')
    return { ...sizes, iops: { least: 1_000, most: 256_000, perGiB: 1_000, leastPerGiB, isRequired: true } };
  const floorGiB = gp3FloorGiB(engine);
  if (type !== 'gp3' || sizeGiB < floorGiB) return sizes;
  const least = floorGiB > 0 ? DB_GP3_STRIPED : { iops: GP3_IOPS, throughputMiBps: GP3_THROUGHPUT_MIBPS };
  return {
    ...sizes,
    iops: { least: least.iops, most: DB_GP3_MOST.iops, perGiB: 500 },
    throughputMiBps: { least: least.throughputMiBps, most: DB_GP3_MOST.throughputMiBps },
  };
}

/** The first reason for which RDS refuses a DB instance with such storage. Nothing is said of the storage of Aurora. */
export function dbStorageFault(shape: DbStorageShape): StorageFault | undefined {
  const { engine, type, sizeGiB } = shape;
  if (type.startsWith('aurora') || engine.startsWith('aurora')) return undefined;
  const rules = dbRules(shape);
  if (rules === undefined)
    return fault(
      'type',
      'InvalidParameterValue',
      `Invalid storage type: ${type}`,
      `expected ${listed(DB_SIZES_GIB)}`,
    );
  const floorGiB = gp3FloorGiB(engine);
  if (type === 'gp3' && sizeGiB < floorGiB) {
    const { iops, throughputMiBps } = shape;
    const isFixed =
      (iops ?? GP3_IOPS) === GP3_IOPS && (throughputMiBps ?? GP3_THROUGHPUT_MIBPS) === GP3_THROUGHPUT_MIBPS;
    const field = (iops ?? GP3_IOPS) === GP3_IOPS ? 'throughputMiBps' : 'iops';
    if (!isFixed)
      return fault(
        field,
        'InvalidParameterCombination',
        `You can't specify IOPS or storage throughput for engine ${engine} and a storage size less than ${floorGiB}.`,
        `gp3 of ${engine} below ${floorGiB} GiB has ${amount(GP3_IOPS)} IOPS and ${GP3_THROUGHPUT_MIBPS} MiB/s, which cannot be changed: leave both out`,
      );
    return sizeFault(shape, rules);
  }
  return sizeFault(shape, rules) ?? iopsFault(shape, rules) ?? throughputFault(shape, rules);
}

/** The same storage with IOPS and a throughput that RDS accepts for its size: the nearest to what was asked for. */
export function fitDbStorage(shape: DbStorageShape): DbStorageShape {
  const rules = dbRules(shape);
  const { iops: asked, throughputMiBps: wanted, ...rest } = shape;
  const within = (value: number, least: number, most: number): number =>
    Math.max(least, Math.min(value, Math.max(least, most)));
  const rule = rules?.iops;
  const iops =
    asked === undefined || rule === undefined
      ? undefined
      : within(
          asked,
          Math.max(rule.least, Math.ceil(shape.sizeGiB * (rule.leastPerGiB ?? 0))),
          Math.min(rule.most, shape.sizeGiB * rule.perGiB),
        );
  const span = rules?.throughputMiBps;
  const throughputMiBps =
    wanted === undefined || span === undefined
      ? undefined
      : within(
          wanted,
          span.least,
          Math.min(span.most, (iops ?? rule?.least ?? GP3_IOPS) * THROUGHPUT_MIBPS_PER_IOPS),
        );
  return {
    ...rest,
    ...(iops !== undefined && { iops }),
    ...(throughputMiBps !== undefined && { throughputMiBps }),
  };
}

function sizeFault({ type, sizeGiB }: StorageShape, { sizeGiB: span }: Rules): StorageFault | undefined {
  if (Number.isInteger(sizeGiB) && sizeGiB >= span.least && sizeGiB <= span.most) return undefined;
  return fault(
    'sizeGiB',
    'InvalidParameterValue',
    `Invalid size ${sizeGiB} GiB for ${type}: ${span.least} to ${span.most} GiB.`,
    `${type} has ${amount(span.least)} to ${amount(span.most)} GiB, not ${amount(sizeGiB)}: correct the size, or the type`,
  );
}

function iopsFault({ type, sizeGiB, iops }: StorageShape, rules: Rules): StorageFault | undefined {
  const rule = rules.iops;
  const refuse = (code: StorageFault['code'], message: string, limit: string) =>
    fault('iops', code, message, limit);
  if (rule === undefined) {
    if (iops === undefined) return undefined;
    return refuse(
      'InvalidParameterCombination',
      `The parameter iops is not supported for ${type} volumes.`,
      `the IOPS of ${type} follow from its size and cannot be chosen: leave iops out, or use gp3, io1 or io2`,
    );
  }
  if (iops === undefined) {
    if (rule.isRequired !== true) return undefined;
    return refuse(
      'MissingParameter',
      `The parameter iops must be specified for ${type} volumes.`,
      `${type} has no default: give iops, ${amount(rule.least)} to ${amount(Math.min(rule.most, sizeGiB * rule.perGiB))} at ${amount(sizeGiB)} GiB`,
    );
  }
  if (iops < rule.least)
    return refuse(
      'InvalidParameterValue',
      `Volume iops of ${iops} is too low; minimum is ${rule.least}.`,
      `${type} has at least ${amount(rule.least)} IOPS here, not ${amount(iops)}: raise it, or leave it out where ${type} has a default`,
    );
  if (iops > rule.most)
    return refuse(
      'InvalidParameterValue',
      `Volume iops of ${iops} is too high; maximum is ${rule.most}.`,
      `${type} has at most ${amount(rule.most)} IOPS, not ${amount(iops)}: lower it`,
    );
  // The least of a type is allowed at any size.
  if (iops > rule.least && iops > sizeGiB * rule.perGiB)
    return refuse(
      'InvalidParameterValue',
      `Iops to volume size ratio of ${iops / sizeGiB} is too high; maximum is ${rule.perGiB}.`,
      `${type} has at most ${amount(rule.perGiB)} IOPS per GiB, ${amount(Math.max(rule.least, sizeGiB * rule.perGiB))} at ${amount(sizeGiB)} GiB, not ${amount(iops)}: lower it, or correct the size`,
    );
  if (iops < sizeGiB * (rule.leastPerGiB ?? 0))
    return refuse(
      'InvalidParameterValue',
      `Iops to storage size ratio of ${iops / sizeGiB} is too low; minimum is ${rule.leastPerGiB}.`,
      `${type} has at least ${rule.leastPerGiB} IOPS per GiB, ${amount(Math.ceil(sizeGiB * (rule.leastPerGiB ?? 0)))} at ${amount(sizeGiB)} GiB, not ${amount(iops)}: raise it, or correct the size`,
    );
  return undefined;
}

function throughputFault(
  { type, iops, throughputMiBps: asked }: StorageShape,
  rules: Rules,
): StorageFault | undefined {
  if (asked === undefined) return undefined;
  const span = rules.throughputMiBps;
  const refuse = (code: StorageFault['code'], message: string, limit: string) =>
    fault('throughputMiBps', code, message, limit);
  if (span === undefined)
    return refuse(
      'InvalidParameterCombination',
      `The parameter throughput is not supported for ${type} volumes.`,
      `the throughput of ${type} cannot be chosen: leave it out, or use gp3`,
    );
  if (asked < span.least || asked > span.most)
    return refuse(
      'InvalidParameterValue',
      `Volume throughput of ${asked} MiB/s is out of range: ${span.least} to ${span.most}.`,
      `${type} has ${amount(span.least)} to ${amount(span.most)} MiB/s here, not ${amount(asked)}: correct it, or leave it out`,
    );
  const atIops = iops ?? rules.iops?.least ?? GP3_IOPS;
  if (asked > atIops * THROUGHPUT_MIBPS_PER_IOPS)
    return refuse(
      'InvalidParameterValue',
      `Throughput to iops ratio of ${asked / atIops} is too high; maximum is ${THROUGHPUT_MIBPS_PER_IOPS}.`,
      `${type} has at most ${THROUGHPUT_MIBPS_PER_IOPS} MiB/s per IOPS, ${amount(atIops * THROUGHPUT_MIBPS_PER_IOPS)} at ${amount(atIops)} IOPS, not ${amount(asked)}: lower it, or raise iops`,
    );
  return undefined;
}

function fault(
  field: StorageFault['field'],
  code: StorageFault['code'],
  message: string,
  limit: string,
): StorageFault {
  return { field, code, message, limit };
}

const amount = (value: number): string => value.toLocaleString('en-US');
const listed = (rules: Readonly<Record<string, unknown>>): string => Object.keys(rules).join(', ');
