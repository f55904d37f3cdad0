import { adviceText, lifeboat, type Advice } from '../../advice.ts';
import type { Clock } from '../../driver/base/ports.ts';
import { formatInstant } from '../../time.ts';
import type { Found } from './library.ts';
import type { BeginRun } from './requests.ts';

/** The log of the functions. Fields are for programs, the text is for people. */
export interface CloudLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** How a function reports what is in no run's journal. */
export interface Reporting {
  readonly clock: Clock;
  readonly log: CloudLog;
  /** Writes one line to standard output: metrics. */
  print(line: string): void;
  /** Tells people. Never rejects: what cannot be sent is logged. */
  tell(subject: string, text: string): Promise<void>;
  /** Options that a command needs to find the run: `--journal`, `dynamodb://lifeboat`. */
  readonly commandOptions: readonly string[];
}

/** Logs something that a person must know, and tells it. */
export async function report(
  { log, tell, commandOptions }: Reporting,
  fields: object,
  subject: string,
  text: string,
  next: Advice,
): Promise<void> {
  const step = adviceText(next, commandOptions);
  log.error({ ...fields, next: step }, text);
  await tell(subject, `${text}\n${step}`);
}

/** Reports that the newest version of a runbook or baseline is not used. `what`: e.g. `the runbook`. */
export async function reportPassedOver(
  reporting: Reporting,
  runbook: string,
  what: string,
  { value, passedOver }: Found<unknown>,
): Promise<void> {
  const [newest] = passedOver;
  if (newest === undefined) return;
  const fields = { runbook, places: passedOver.map(({ place }) => place) };
  const subject = `${runbook}: ${value === undefined ? 'nothing' : 'an older version'} of ${what} is used`;
  await report(reporting, fields, subject, passedOverText(what, { value, passedOver }), newest.error.next);
}

export function passedOverText(what: string, { value, passedOver }: Found<unknown>): string {
  const reasons = passedOver.map(({ place, error }) => `${place}: ${error.message}`).join(' ');
  return value === undefined
    ? `No version of ${what} can be read, so it is left out. ${reasons}`
    : `The newest version of ${what} cannot be used, so an older one is. ${reasons}`;
}

/** How to ask for a run again that has not begun. The command takes the deployment's own options from the account. */
export function askAgain({ runbook, mode, incidentAt }: BeginRun): string {
  const since = incidentAt === undefined ? [] : ['--incident-at', formatInstant(incidentAt)];
  return `If it is still needed: ${adviceText(lifeboat(mode, runbook, '--cloud', ...since))}`;
}
