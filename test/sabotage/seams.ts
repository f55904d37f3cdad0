import { globSync, readFileSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';

/** A seam's parts: `Lookout#looksAtAll` is the instance member `looksAtAll` of the export `Lookout`, `Driver.open` a static one, `workflow/fsrKey` one of several exports of that name. */
interface Seam {
  /** A folder that the file is in, directly or not. */
  readonly folder?: string;
  readonly exported: string;
  readonly member?: string;
  readonly isStatic: boolean;
}

const SEAM = /^(?:(?<folder>[\w-]+)\/)?(?<exported>\w+)(?:(?<separator>[#.])(?<member>\w+))?$/;

function seamOf(text: string): Seam {
  const { folder, exported, separator, member } = SEAM.exec(text)?.groups ?? {};
  if (exported === undefined) throw new Error(`'${text}' names no seam`);
  return {
    ...(folder !== undefined && { folder }),
    exported,
    isStatic: separator === '.',
    ...(member !== undefined && { member }),
  };
}

let sources: ReadonlyMap<string, string> | undefined;

function readSources(): ReadonlyMap<string, string> {
  sources ??= new Map(
    globSync('{src,infra}/**/*.ts').map((path) => [resolve(path), readFileSync(path, 'utf8')] as const),
  );
  return sources;
}

/**
 * The file that declares the export of a seam.
 *
 * @throws when no file does, or more than one
 */
export function fileOf(seam: string): string {
  const { exported, folder } = seamOf(seam);
  // Relative: a folder above the checkout may have any name.
  const isInside = (path: string): boolean =>
    folder === undefined || relative(process.cwd(), path).includes(`${sep}${folder}${sep}`);
  const declaration = new RegExp(`^export (?:async )?(?:function\\*?|class|const) ${exported}\\b`, 'm');
  const files = [...readSources()].flatMap(([path, text]) =>
    declaration.test(text) && isInside(path) ? [path] : [],
  );
  const [file] = files;
  if (file === undefined || files.length > 1)
    throw new Error(`seam '${seam}': ${files.length} files export '${exported}', expected one`);
  return file;
}

/**
 * Looks a seam up in the source text, without loading it.
 *
 * @throws when it is not there
 */
export function checkSeam(seam: string): void {
  const { member, isStatic } = seamOf(seam);
  const text = readSources().get(fileOf(seam)) ?? '';
  const declaration = new RegExp(
    `^ {2}${isStatic ? 'static ' : ''}(?:async |get )?${member}(?:<.*)?\\(`,
    'm',
  );
  if (member !== undefined && !declaration.test(text))
    throw new Error(`seam '${seam}': no member '${member}'`);
}

type Callable = (this: unknown, ...given: unknown[]) => unknown;

function isCallable(value: unknown): value is Callable {
  return typeof value === 'function' && !/^class\b/.test(Function.prototype.toString.call(value));
}

/** The replacement, which tells `reached` when it is first called; a value that is not a function is reached at once. */
function watched(replacement: unknown, reached: () => void): unknown {
  if (!isCallable(replacement)) {
    reached();
    return replacement;
  }
  return function (this: unknown, ...given: unknown[]): unknown {
    reached();
    return replacement.apply(this, given);
  };
}

/**
 * What a module exports, with its seam replaced. A member of a class is replaced in the class itself.
 *
 * @throws when the module does not have the seam
 */
export function replaced(
  actual: Readonly<Record<string, unknown>>,
  seam: string,
  how: (original: unknown) => unknown,
  reached: () => void,
): Readonly<Record<string, unknown>> {
  const { exported, member, isStatic } = seamOf(seam);
  const owner = actual[exported];
  if (owner === undefined) throw new Error(`seam '${seam}': the module has no '${exported}'`);
  if (member === undefined) return { ...actual, [exported]: watched(how(owner), reached) };
  if (typeof owner !== 'function') throw new Error(`seam '${seam}': '${exported}' is no class`);
  const holder = (isStatic ? owner : owner.prototype) as object;
  const descriptor = Object.getOwnPropertyDescriptor(holder, member);
  if (descriptor === undefined) throw new Error(`seam '${seam}': '${exported}' has no '${member}'`);
  const key = descriptor.get === undefined ? 'value' : 'get';
  Object.defineProperty(holder, member, { ...descriptor, [key]: watched(how(descriptor[key]), reached) });
  return actual;
}
