/**
 * List prices in USD of us-east-1, on demand, without tax. Other Regions differ by some per cent: costs are estimates. A line
 * marked `?` is from memory of a price list, or an approximation, and is here to be corrected once.
 */

/** Hours that a monthly price is divided by. */
export const HOURS_PER_MONTH = 730;

/** Fast snapshot restore, per snapshot, zone and hour; billed by the minute, an hour at least. */
export const FSR_USD_PER_HOUR = 0.75;
export const FSR_MIN_HOURS = 1;

/** The price of something whose amount no source settles lies between the two. */
export interface UsdSpread {
  readonly lowUsd: number;
  readonly highUsd: number;
}

/** USD per GiB of data and MiB/s of rate: one report of us-east-1, 0.0036 USD per GiB at 300 MiB/s. */
const PROVISIONED_INIT_USD = 0.0036 / 300;
/** Rates are priced in steps of so many MiB/s, or by each one. */
const PROVISIONED_INIT_TIER_MIBPS = 100;

/**
 * How much more than in us-east-1 provisioned initialization may cost in a Region. ? Of the two others that have the list prices of us-east-1 for all other
 * things of EBS the same is taken; of a Region that is not here only that prices of EBS reach twice those of us-east-1.
 */
const PROVISIONED_INIT_FACTORS: Readonly<Record<string, number>> = {
  'us-east-1': 1,
  'us-east-2': 1,
  'us-west-2': 1,
};
const PROVISIONED_INIT_FACTOR_ELSEWHERE = 2;

/**
 * Provisioned initialization, per GiB of data in the snapshot, charged in full at creation. It is documented as a rate of the Region for each GiB
 * and each MiB/s; ? whether a rate between two tiers is charged as the higher one is not.
 *
 * @example provisionedInitUsdPerGib('us-east-1', 300) // { lowUsd: 0.0036, highUsd: 0.0036 }
 */
export function provisionedInitUsdPerGib(region: string, rateMiBps: number): UsdSpread {
  const factor = PROVISIONED_INIT_FACTORS[region] ?? PROVISIONED_INIT_FACTOR_ELSEWHERE;
  const tierMiBps = Math.ceil(rateMiBps / PROVISIONED_INIT_TIER_MIBPS) * PROVISIONED_INIT_TIER_MIBPS;
  return {
    lowUsd: PROVISIONED_INIT_USD * rateMiBps,
    highUsd: PROVISIONED_INIT_USD * tierMiBps * factor,
  };
}

/** ? A volume copy, per GiB of data on its source, charged at creation. That it is charged is documented; the amount is in no source. */
export const VOLUME_COPY_USD_PER_GIB: UsdSpread = { lowUsd: 0.001, highUsd: 0.01 };

interface StoragePrice {
  readonly usdPerGiBMonth: number;
  readonly usdPerIopsMonth?: number;
  readonly includedIops?: number;
  readonly usdPerMiBpsMonth?: number;
  readonly includedMiBps?: number;
  /** From this size on more is included. */
  readonly large?: {
    readonly fromGiB: number;
    readonly includedIops: number;
    readonly includedMiBps: number;
  };
}

const GP3_BASE = { includedIops: 3_000, includedMiBps: 125 } as const;
/** ? RDS stripes larger gp3 stores, which raises what is included. The size is that of PostgreSQL, MySQL and MariaDB. */
const RDS_GP3_STRIPED = { fromGiB: 400, includedIops: 12_000, includedMiBps: 500 } as const;

/** EBS volumes by type. */
const VOLUME_PRICES: Readonly<Record<string, StoragePrice>> = {
  gp2: { usdPerGiBMonth: 0.1 },
  gp3: { usdPerGiBMonth: 0.08, usdPerIopsMonth: 0.005, usdPerMiBpsMonth: 0.04, ...GP3_BASE },
  io1: { usdPerGiBMonth: 0.125, usdPerIopsMonth: 0.065 },
  // ? Above 32,000 IOPS it is cheaper by tiers: the first tier is taken for all.
  io2: { usdPerGiBMonth: 0.125, usdPerIopsMonth: 0.065 },
  st1: { usdPerGiBMonth: 0.045 },
  sc1: { usdPerGiBMonth: 0.015 },
  standard: { usdPerGiBMonth: 0.05 },
};

/** ? RDS storage by type, one zone; Multi-AZ is twice that. */
const DB_STORAGE_PRICES: Readonly<Record<string, StoragePrice>> = {
  gp2: { usdPerGiBMonth: 0.115 },
  gp3: {
    usdPerGiBMonth: 0.115,
    usdPerIopsMonth: 0.02,
    usdPerMiBpsMonth: 0.08,
    ...GP3_BASE,
    large: RDS_GP3_STRIPED,
  },
  io1: { usdPerGiBMonth: 0.125, usdPerIopsMonth: 0.1 },
  io2: { usdPerGiBMonth: 0.125, usdPerIopsMonth: 0.1 },
  standard: { usdPerGiBMonth: 0.1 },
};

/** ? A `large` DB instance of each family, PostgreSQL, one zone, per hour; the other sizes double or halve it. */
const DB_LARGE_USD_PER_HOUR: Readonly<Record<string, number>> = {
  t3: 0.145,
  t4g: 0.129,
  m5: 0.178,
  m6g: 0.159,
  m6i: 0.178,
  m7g: 0.168,
  r5: 0.25,
  r6g: 0.225,
  r6i: 0.25,
  r7g: 0.239,
  x2g: 0.377,
};
const DB_LARGE_UNKNOWN_USD_PER_HOUR = 0.25;

const SIZES_OF_LARGE: Readonly<Record<string, number>> = {
  micro: 1 / 8,
  small: 1 / 4,
  medium: 1 / 2,
  large: 1,
};

/** What a volume or DB store of this shape costs an hour. */
export interface StoredShape {
  readonly type: string;
  readonly sizeGiB: number;
  readonly iops?: number;
  readonly throughputMiBps?: number;
}

/** USD an hour of an EBS volume. An unknown type is priced as gp3. */
export function volumeUsdPerHour(shape: StoredShape): number {
  return storageUsdPerHour(shape, VOLUME_PRICES);
}

/** USD an hour of a DB instance: compute and storage. An unknown class is priced as a memory-optimised one of its size. */
export function dbInstanceUsdPerHour(instanceClass: string, multiAz: boolean, storage: StoredShape): number {
  const [, family = '', size = ''] = instanceClass.split('.');
  const large = DB_LARGE_USD_PER_HOUR[family] ?? DB_LARGE_UNKNOWN_USD_PER_HOUR;
  const oneZone = large * sizeOfLarge(size) + storageUsdPerHour(storage, DB_STORAGE_PRICES);
  return multiAz ? 2 * oneZone : oneZone;
}

function storageUsdPerHour(shape: StoredShape, prices: Readonly<Record<string, StoragePrice>>): number {
  const price = prices[shape.type] ?? prices['gp3'];
  if (price === undefined) return 0;
  const included = price.large !== undefined && shape.sizeGiB >= price.large.fromGiB ? price.large : price;
  const iops = Math.max(0, (shape.iops ?? 0) - (included.includedIops ?? 0));
  const throughputMiBps = Math.max(0, (shape.throughputMiBps ?? 0) - (included.includedMiBps ?? 0));
  const month =
    shape.sizeGiB * price.usdPerGiBMonth +
    iops * (price.usdPerIopsMonth ?? 0) +
    throughputMiBps * (price.usdPerMiBpsMonth ?? 0);
  return month / HOURS_PER_MONTH;
}

function sizeOfLarge(size: string): number {
  const listed = SIZES_OF_LARGE[size];
  if (listed !== undefined) return listed;
  const extra = /^(\d*)xlarge$/.exec(size)?.[1];
  return extra === undefined ? 1 : 2 * Number(extra === '' ? 1 : extra);
}
