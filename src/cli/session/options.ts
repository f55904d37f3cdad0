import { InvalidArgumentError, Option } from 'commander';
import { LifeboatError } from '../../errors.ts';
import { parseInstant } from '../../time.ts';
import type { Instant } from '../../time.ts';
import { isRegion, parseTableAddress, type TableAddress } from '../../journal/table-address.ts';
import { LOG_LEVELS } from './log.ts';
import type { LogLevel } from './log.ts';
import { parseMoment } from './moment.ts';
import type { Moment } from './moment.ts';

/** Where runs and baselines are kept unless --state says otherwise. */
export const DEFAULT_STATE = '.lifeboat';

export interface CommonOptions {
  readonly json?: boolean;
  readonly logLevel?: LogLevel;
}

export interface StateOptions {
  readonly state: string;
}

/** Where the runs are: in a state directory, or in a table in the cloud. */
export interface RunsOptions extends StateOptions {
  readonly journal?: TableAddress;
  /** Of the table, where its address has none. */
  readonly region?: string;
}

export type FaultsName = 'none' | 'flaky' | 'storm' | 'drift';

/** Where the inventory comes from. */
export interface WorldOptions extends StateOptions {
  readonly simulate?: string;
  readonly seed?: number;
  readonly faults?: FaultsName;
  readonly region?: string;
  /** `false`: `--no-baseline`. */
  readonly baseline?: string | boolean;
}

/** What the recovery is about. */
export interface IncidentOptions {
  readonly incidentAt?: Moment;
  readonly damagedAt?: Moment;
  readonly recoverTo?: Moment;
}

/** How a run is driven. */
export interface DriveOptions {
  readonly yes?: boolean;
  /** Simulated seconds per real second; infinite for `max`. */
  readonly speed?: number;
  /** Does not end when only people can move the run on. */
  readonly wait?: boolean;
}

/** Where a run is driven. */
export interface CloudOptions {
  /** By the deployed function. */
  readonly cloud?: boolean;
  /** This process does not show it: the function drives it, or here a process without a terminal. */
  readonly detach?: boolean;
}

/** Looking at a run again and again. */
export interface WatchOptions {
  readonly watch?: boolean;
  /** Seconds between two looks. */
  readonly every?: number;
}

/** A window of a backfill: the same words must mean the same whenever they are given again. */
export function instantArgument(text: string): Instant {
  const at = parseInstant(text);
  if (at !== undefined) return at;
  throw new InvalidArgumentError('Expected an instant with its zone, such as 2026-11-20T03:00:00Z.');
}

export function momentArgument(text: string): Moment {
  const moment = parseMoment(text, Intl.DateTimeFormat().resolvedOptions().timeZone);
  if (moment !== undefined) return moment;
  throw new InvalidArgumentError(
    "Expected an instant such as 2026-11-20T03:00:00Z, a time of the last 24 hours such as 23:40 or '23:40 UTC', or how long ago, such as 20m.",
  );
}

function seedArgument(text: string): number {
  const seed = Number(text);
  if (/^\d{1,9}$/.test(text) && Number.isSafeInteger(seed)) return seed;
  throw new InvalidArgumentError('Expected a whole number from 0 to 999999999.');
}

function speedArgument(text: string): number {
  if (text === 'max') return Number.POSITIVE_INFINITY;
  const speed = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && speed > 0) return speed;
  throw new InvalidArgumentError(
    "Expected 'max' or a number above 0, such as 300 for five minutes in a second.",
  );
}

/** Checked here: further in, a slip of the hand would look like a network that is down. */
function regionArgument(text: string): string {
  if (isRegion(text)) return text;
  throw new InvalidArgumentError('Expected a Region such as us-east-1.');
}

function journalArgument(text: string): TableAddress {
  const address = parseTableAddress(text);
  if (address !== undefined) return address;
  throw new InvalidArgumentError(
    "Expected a table such as dynamodb://lifeboat or 'dynamodb://lifeboat?region=us-east-1'.",
  );
}

export function namedArgument(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('Expected a name, not nothing.');
}

/** Listed with every command. Commander hands out options by reference: each command gets its own. */
export const commonOptions = (): readonly Option[] => [
  new Option('--json', 'print exactly one JSON document on standard output'),
  new Option('--log-level <level>', 'what is logged to standard error (default: warn)').choices(LOG_LEVELS),
];

/**
 * Options of the program, which every command takes before or after its name, so that a script can pass them to each command that it calls. Where `--yes` or
 * `--state` changes nothing, the help does not list it. Without a default: commander lets these win over those of the command.
 */
export const globalOptions = (): readonly Option[] => [
  ...commonOptions(),
  yesOption(),
  new Option('--state <dir>', 'where runs and baselines are kept').argParser(namedArgument),
];

export const stateOption = (): Option =>
  new Option('--state <dir>', 'where runs and baselines are kept')
    .default(DEFAULT_STATE)
    .argParser(namedArgument);

/** Of commands about runs that exist. */
export const runsOptions = (): readonly Option[] => [
  new Option('--journal <table>', 'the journal of runs in the cloud, such as dynamodb://lifeboat').argParser(
    journalArgument,
  ),
  new Option(
    '--region <region>',
    "where the table of --journal is (default: AWS_REGION or the profile's)",
  ).argParser(regionArgument),
  stateOption(),
];

export const worldOptions = (): readonly Option[] => [
  new Option(
    '--simulate <inventory>',
    'use the simulator, loaded with this inventory, instead of AWS (YAML up to 8 MiB, JSON up to 32 MiB)',
  ),
  new Option('--seed <n>', 'what the simulator draws its chances from (default: 1)').argParser(seedArgument),
  new Option('--faults <profile>', 'what goes wrong in the simulator (default: none)').choices([
    'none',
    'flaky',
    'storm',
    'drift',
  ]),
  new Option('--baseline <inventory>', 'what there was before the disaster (default: saved by check)'),
  new Option('--no-baseline', 'go by what the account still has'),
  new Option('--region <region>', 'where to recover (default: the Region of the runbook)').argParser(
    regionArgument,
  ),
  stateOption(),
];

export const incidentOptions = (): readonly Option[] => [
  new Option(
    '--incident-at <instant>',
    'when the outage began, such as 2026-11-20T03:00:00Z, 23:40 or 20m (ago); the RTO counts from here (default: now; simulated: the capture)',
  ).argParser(momentArgument),
  new Option('--damaged-at <instant>', 'when the data went bad (default: the incident)').argParser(
    momentArgument,
  ),
  new Option('--recover-to <instant>', 'take the newest recovery points at or before this instant').argParser(
    momentArgument,
  ),
];

export const speedOption = (): Option =>
  new Option(
    '--speed <speed>',
    'simulated seconds per real second, or max (default: max; on a terminal 300)',
  ).argParser(speedArgument);

/** @param without options that mean nothing in the cloud */
export const cloudOption = (text: string, without: readonly string[] = []): Option =>
  new Option('--cloud', text).conflicts([...without]);

export const detachOption = (): Option =>
  new Option(
    '--detach',
    'do not follow the run: a process without a terminal drives it, or with --cloud the function',
  );

function everyArgument(text: string): number {
  const seconds = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && seconds >= 0.2 && seconds <= 3_600) return seconds;
  throw new InvalidArgumentError('Expected seconds, from 0.2 to 3600.');
}

export const waitOption = (): Option =>
  new Option('--wait', 'wait for approvals and other decisions, instead of ending until they are given');

export const watchOption = (): Option => new Option('--watch', 'keep reporting until the run ends or Ctrl-C');

export const everyOption = (): Option =>
  new Option('--every <seconds>', 'how often to look, with --watch (default: 1)').argParser(everyArgument);

export const yesOption = (): Option =>
  new Option('--yes', 'answer every question, also simulated approvals, with yes');

/** Options that have no effect without another one are refused: the operator who gave them expects an effect. */
export function refuseStrayOptions(options: WorldOptions & DriveOptions): void {
  if (options.simulate !== undefined) return;
  const stray = [
    ...(options.seed === undefined ? [] : ['--seed']),
    ...(options.faults === undefined ? [] : ['--faults']),
    ...(options.speed === undefined ? [] : ['--speed']),
  ];
  if (stray.length === 0) return;
  throw new LifeboatError(
    'USAGE',
    `${stray.join(' and ')} ${stray.length === 1 ? 'is' : 'are'} only for simulations.`,
    'Add --simulate INVENTORY, or leave it out.',
  );
}
