/**
 * `npm run sabotage` breaks the code in one way at a time and runs the cheapest tests that must notice. A variant that no test notices is a
 * hole in the tests.
 *
 * To add a variant: append a call of {@link variant} to the fitting file in `variants/`:
 *
 *     variant<typeof isThrottle>({
 *       name: 'throttles-are-not-recognized',          // unique, lower case
 *       breaks: 'A throttled operation is paced slower.',   // the property, as a statement
 *       seam: 'isThrottle',                            // what is replaced, see below
 *       how: () => () => false,                        // from the original to the broken one
 *       tests: [{ path: 'test/driver/unsupported-operations.test.ts', name: 'throttle' }],
 *     }),
 *
 * then run `npm run sabotage -- --only throttles-are-not-recognized`.
 *
 * A seam is named by an export of `src` or `infra`, whatever file it stands in: an exported function or value (`grant`), an instance method or accessor
 * (`Lookout#looksAtAll`), or a static method (`Driver.open`). So a variant survives that files move; an export that is gone, or that two files
 * have, is an error and does not count as caught. Where two files have one of that name, a folder tells them apart: `workflow/fsrKey`. Only calls through the export are replaced: a function that its own file calls is a bad seam.
 *
 * Prefer what goes through a port (Executor, Journal, ReplayTarget) or between two layers, and break as a careless change would: drop a
 * condition, a step, an order. `tests` are as few and as cheap as possible, seconds rather than minutes; `name` is the pattern of `jest -t`.
 *
 * Only this folder replaces our own modules; tests themselves never do.
 */
export interface Variant {
  readonly name: string;
  readonly breaks: string;
  readonly seam: string;
  readonly how: (original: unknown) => unknown;
  readonly tests: readonly TestSelection[];
}

/** Tests of one file; without `name` all of them. */
export interface TestSelection {
  readonly path: string;
  readonly name?: string;
}

interface Definition<T> extends Omit<Variant, 'how'> {
  readonly how: (original: T) => T;
}

/** A variant whose seam has the type `T`, so that a change of the seam's shape fails the type check. */
export function variant<T>(definition: Definition<T>): Variant {
  return { ...definition, how: (original) => definition.how(original as T) };
}
