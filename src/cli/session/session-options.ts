import { cloudOptions, parseTableAddress } from '../../journal/table-address.ts';
import { DEFAULT_STATE, type RunsOptions } from './options.ts';

/** What a command needs to find the same runs; nothing where they are in the default state directory. */
export function sessionOptions({ state, journal, region }: RunsOptions): readonly string[] {
  if (journal !== undefined) return cloudOptions({ ...(region !== undefined && { region }), ...journal });
  return state === DEFAULT_STATE ? [] : ['--state', state];
}

/** The same while this process drives the run: a command that drives it goes on here. */
export function optionsHere(place: RunsOptions): readonly string[] {
  return sessionOptions(place).filter((option) => option !== '--cloud');
}

/** Where the runs are of a command line that is not parsed yet: errors of parsing are rendered with it, and completion uses it. */
export function placeOf(args: readonly string[]): RunsOptions {
  const end = args.indexOf('--');
  const options = end === -1 ? args : args.slice(0, end);
  const given = (name: string): string | undefined => {
    const at = options.findLastIndex((arg) => arg === name || arg.startsWith(`${name}=`));
    const value = options[at] === name ? options[at + 1] : options[at]?.slice(name.length + 1);
    return value === undefined || value.trim() === '' ? undefined : value;
  };
  const journal = parseTableAddress(given('--journal') ?? '');
  const region = given('--region');
  return {
    state: given('--state') ?? DEFAULT_STATE,
    ...(journal !== undefined && { journal }),
    ...(region !== undefined && { region }),
  };
}
