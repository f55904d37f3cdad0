import Range from 'semver/classes/range.js';
import type SemVer from 'semver/classes/semver.js';
import parseVersion from 'semver/functions/parse.js';
import type { RequestRecord } from '../base/record.ts';
import { valueOf } from './request-values.ts';

/** User agents are looked into no further. */
const MOST_CHARACTERS = 4_096;
const MOST_KNOWN = 1_000;

/** Whether a request comes from a version of an SDK, or of a program, that is in a range. */
export type VersionTest = (record: RequestRecord) => boolean;

/**
 * @param sdk a product of the user agent (`mixpanel-iphone`, its version stands after a slash or a space) or a value of the request (`header:x-sdk`, `query:lib_version`);
 *   absent: the first product of the user agent that has a version
 * @param range semantic versions; what comes before a release is in a range by its order alone: `7.0.0-beta.1` is in `<7.0.0` and not in `>=7.0.0`
 */
export function versionTest(sdk: string | undefined, range: string): VersionTest {
  const parsed = new Range(range, { includePrerelease: true });
  const versionIn = versionFinder(sdk);
  // A service sees a handful of user agents again and again.
  const known = new Map<string, boolean>();
  return (record) => {
    const text =
      sdk !== undefined && isRequestValue(sdk) ? valueOf(record, sdk) : valueOf(record, 'userAgent');
    if (text === undefined) return false;
    const short = text.slice(0, MOST_CHARACTERS);
    const earlier = known.get(short);
    if (earlier !== undefined) return earlier;
    const version = versionIn(short);
    const isIn = version !== undefined && parsed.test(version);
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(short, isIn);
    return isIn;
  };
}

/** `6.8`, `v7`, `2020.08.21`, `6.8.1.4` (its first three numbers), `7.0.0-beta.2`; `undefined` when it is no version. */
export function coerceVersion(text: string): SemVer | undefined {
  const match =
    /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:\.\d+)*(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]*)?$/i.exec(
      text.trim(),
    );
  if (match === null) return undefined;
  const [major, minor, patch] = [match[1], match[2] ?? '0', match[3] ?? '0'].map(Number);
  const numbers = `${major}.${minor}.${patch}`;
  return (
    parseVersion(match[4] === undefined ? numbers : `${numbers}-${match[4]}`, { loose: true }) ?? undefined
  );
}

function isRequestValue(sdk: string): boolean {
  return /^(header|cookie|query|body):/.test(sdk);
}

function versionFinder(sdk: string | undefined): (text: string) => SemVer | undefined {
  if (sdk === undefined) return firstProduct;
  if (isRequestValue(sdk)) return (text) => coerceVersion(text) ?? firstProduct(text);
  const name = sdk.toLowerCase();
  return (text) => namedProduct(text, name);
}

/** The first `name/version` outside comments, which stand in parentheses. */
function firstProduct(text: string): SemVer | undefined {
  let depth = 0;
  for (const [token] of text.matchAll(/[()]|[^\s()]+/g)) {
    if (token === '(') depth += 1;
    else if (token === ')') depth = Math.max(0, depth - 1);
    else if (depth === 0 && token.includes('/')) {
      const version = coerceVersion(token.slice(token.lastIndexOf('/') + 1));
      if (version !== undefined) return version;
    }
  }
  return undefined;
}

/** The first place where the name stands by itself, in a comment or not, with a version after it. */
function namedProduct(text: string, name: string): SemVer | undefined {
  const lower = text.toLowerCase();
  for (let at = lower.indexOf(name); at !== -1; at = lower.indexOf(name, at + 1)) {
    const end = at + name.length;
    const isWhole = at === 0 || /[\s(;,]/.test(lower.charAt(at - 1));
    if (!isWhole || !/[/ ]/.test(lower.charAt(end))) continue;
    const version = coerceVersion(/^[^\s();,]*/.exec(lower.slice(end + 1, end + 101))?.[0] ?? '');
    if (version !== undefined) return version;
  }
  return undefined;
}
