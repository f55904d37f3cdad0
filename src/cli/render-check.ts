import { formatPlace } from '../errors.ts';
import type { Palette } from '../report/palette.ts';
import { plain } from '../report/text.ts';
import type { Checked, CheckFinding } from './findings.ts';

/** The findings about one runbook, worst first, and the answer. */
export function renderCheck({ file, name, ready, findings }: Checked, palette: Palette): string {
  const lines = findings.flatMap((finding) => renderFinding(finding, palette));
  return [...lines, `${answer(ready, findings, palette)} ${palette.bold(plain(name))} (${plain(file)})`].join(
    '\n',
  );
}

function renderFinding(
  { severity, code, message, next, at }: CheckFinding,
  palette: Palette,
): readonly string[] {
  const paint = { error: palette.red, warning: palette.yellow, info: palette.dim }[severity];
  const place = at === undefined ? '' : `${plain(formatPlace(at))}: `;
  return [`${paint(severity.padEnd(8))}${code}: ${place}${plain(message)}`, `        ${plain(next)}`];
}

function answer(ready: boolean | null, findings: readonly CheckFinding[], palette: Palette): string {
  if (ready === true) return palette.green('Ready:');
  if (ready === false) return palette.red('Not ready:');
  const isFaulty = findings.some(({ severity }) => severity === 'error');
  return isFaulty ? palette.red('Would not start:') : palette.green('Valid:');
}
