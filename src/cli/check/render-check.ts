import type { RenderAdvice } from '../../advice.ts';
import { formatPlace } from '../../errors.ts';
import type { Palette } from '../../report/layout/palette.ts';
import { plain } from '../../report/layout/plain.ts';
import { hanging } from '../../report/layout/text.ts';
import { NOTHING_TO_DO } from '../../readiness/check-findings.ts';
import type { Checked, CheckFinding, SavedBaseline } from '../../readiness/check-findings.ts';

/** The findings about one runbook, worst first, and the answer. Without a width a line each, for `grep`. */
export function renderCheck(
  { file, name, ready, findings, baseline }: Checked,
  palette: Palette,
  hint: RenderAdvice,
  width = Number.MAX_SAFE_INTEGER,
): string {
  const lines = findings.flatMap((finding) => renderFinding(finding, palette, hint, width));
  return [
    ...lines,
    ...(baseline === null ? [] : [palette.dim(baselineLine(baseline))]),
    `${answer(ready, findings, palette)} ${palette.bold(plain(name))} (${plain(file)})`,
  ].join('\n');
}

/** Not broken: the path can be copied. */
function baselineLine({ file, simulated }: SavedBaseline): string {
  return `Baseline saved: ${plain(file)}${simulated ? ' (only for simulations)' : ''}`;
}

function renderFinding(
  { severity, code, message, next, at }: CheckFinding,
  palette: Palette,
  hint: RenderAdvice,
  width: number,
): readonly string[] {
  const paint = { error: palette.red, warning: palette.yellow, info: palette.dim }[severity];
  const place = at === undefined ? '' : `${plain(formatPlace(at))}: `;
  const label = severity.padEnd(8);
  const [first = '', ...more] = hanging(label, `${code}: ${place}${plain(message)}`, width);
  const step = next === NOTHING_TO_DO ? [] : hanging(' '.repeat(8), plain(hint(next)), width);
  return [paint(label) + first.slice(label.length), ...more, ...step];
}

function answer(ready: boolean | null, findings: readonly CheckFinding[], palette: Palette): string {
  if (ready === true) return palette.green('Ready:');
  if (ready === false) return palette.red('Not ready:');
  const isFaulty = findings.some(({ severity }) => severity === 'error');
  return isFaulty ? palette.red('Would not start:') : palette.green('Valid:');
}
