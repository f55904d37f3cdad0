import { LINE } from '../lines/line-format.ts';
import type { LineFormat } from '../lines/line-format.ts';
import type { Sample } from '../base/survey.ts';

/** Of each kind. */
export const MOST_OF_A_SOURCE = 20;
/** Of each kind, over all sources. */
const MOST = 200;

/** A sample whose source is known by its number. */
export interface NumberedSample extends Omit<Sample, 'source'> {
  readonly source: number;
}

/** Why a line is no request, in the words of its format. */
export function reasonOf(format: LineFormat, kind: Sample['kind'], line: Buffer): string {
  const parsed = format.parse(line);
  return parsed.kind === kind ? parsed.why : `not a line of the format ${format.name}`;
}

export function sampleKind(kind: number): Sample['kind'] | undefined {
  if (kind === LINE.malformed) return 'malformed';
  return kind === LINE.foreign ? 'foreign' : undefined;
}

/** The first samples of each kind, whatever the order they come in: of each source, and over all. */
export class SampleShelf {
  #samples: NumberedSample[] = [];
  readonly #counts = { malformed: 0, foreign: 0 };

  /** Of one source, read in its order: whether a further one would be kept. */
  hasRoomFor(kind: Sample['kind']): boolean {
    return this.#counts[kind] < MOST_OF_A_SOURCE;
  }

  add(sample: NumberedSample): void {
    this.#counts[sample.kind] += 1;
    this.#samples.push(sample);
  }

  get samples(): readonly NumberedSample[] {
    return this.#samples;
  }

  /** Samples of other parts; the result does not depend on their order. */
  merge(others: readonly NumberedSample[]): void {
    if (others.length === 0) return;
    const ofSource = new Map<string, number>();
    const ofKind = { malformed: 0, foreign: 0 };
    this.#samples = [...this.#samples, ...others]
      .sort((left, right) => left.source - right.source || left.offset - right.offset)
      .filter(({ source, kind }) => {
        const key = `${kind} ${source}`;
        const count = ofSource.get(key) ?? 0;
        if (count >= MOST_OF_A_SOURCE || ofKind[kind] >= MOST) return false;
        ofSource.set(key, count + 1);
        ofKind[kind] += 1;
        return true;
      });
  }
}
