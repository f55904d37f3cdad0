import type { Outcome } from '../outcome.ts';

/** No quota is ever exceeded, nor even asked to be. */
export function checkQuotas({ after }: Outcome): readonly string[] {
  return after.quotas.flatMap(({ quota, limit, peak, refused }) => [
    ...(limit !== undefined && peak > limit ? [`${quota}: ${peak} in use, ${limit} allowed`] : []),
    ...(refused > 0 ? [`${quota}: AWS had to refuse ${refused} time(s)`] : []),
  ]);
}
