import type { Logger } from 'pino';
import { jsonText } from '../../document/json-text.ts';

export const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const STANDARD_ERROR = 2;

/** For those who look after the machine: a JSON document a line on standard error. What a person must know is printed instead. */
export async function loadLog(level: LogLevel): Promise<Logger> {
  const { pino } = await import('pino');
  const destination = pino.destination({ dest: STANDARD_ERROR, sync: true });
  // What is logged came from outside in part, and standard error is often a terminal.
  return pino({ level, base: null }, { write: (line) => void destination.write(jsonText(line)) });
}
