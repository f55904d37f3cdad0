/** What RDS documents about the settings of a DB instance. */

export const DB_PORTS = { least: 1_150, most: 65_535 } as const;
export const DB_RETENTION_MOST_DAYS = 35;
export const DB_MONITORING_INTERVALS_SECONDS: readonly number[] = [0, 1, 5, 10, 15, 30, 60];
