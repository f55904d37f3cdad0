import { DEFAULT_STATE } from './options.ts';

/** A command about stored runs as a sentence names it, with the run where it has one. */
const COMMAND =
  /\blifeboat (?:runs|(?:approve|reject|pause|resume|abort|cleanup|report|status|backfill status) [a-z][a-z0-9-]*-\d{8}T\d{4}-\d+)(?! --state)\b/g;

/**
 * The sentence with its commands as they must be typed: those who say what to do next need not know that this run is kept somewhere
 * else than usual, but whoever copies the command does.
 *
 * @example withState('Go on with: lifeboat resume orders-20261120T0300-1', '/mnt/dr')
 * // 'Go on with: lifeboat resume orders-20261120T0300-1 --state /mnt/dr'
 */
export function withState(sentence: string, state: string): string {
  if (state === DEFAULT_STATE) return sentence;
  return sentence.replace(COMMAND, (command) => `${command} ${stateArgument(state)}`);
}

/** What a command needs to find the runs of this state directory; nothing where that is the usual one. */
export function stateArgument(state: string): string {
  return state === DEFAULT_STATE ? '' : `--state ${quoted(state)}`;
}

/** `--state` as it stands on a command line, before anyone has understood the rest of it. */
export function stateOf(args: readonly string[]): string {
  const end = args.indexOf('--');
  const options = end === -1 ? args : args.slice(0, end);
  const at = options.findLastIndex((arg) => arg === '--state' || arg.startsWith('--state='));
  if (at === -1) return DEFAULT_STATE;
  const joined = options[at]?.slice('--state='.length) ?? '';
  const state = options[at] === '--state' ? options[at + 1] : joined;
  return state === undefined || state.trim() === '' ? DEFAULT_STATE : state;
}

function quoted(text: string): string {
  return /^[\w./:@%+,~-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
