// npm run demo:cloud: a drill in the cloud, on this machine. See docs/cloud.md.
import { parseArgs } from 'node:util';
import { playCloudDemo } from './cloud-demo.ts';

const { values } = parseArgs({ options: { fast: { type: 'string', default: '20' } } });
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const verdict = await playCloudDemo({ fast: Number(values.fast), say });
for (const { claim, held } of verdict) say(`${held ? 'held  ' : 'BROKEN'}  ${claim}`);
const broken = verdict.filter(({ held }) => !held);
say(
  broken.length === 0
    ? `The demo held: ${verdict.length} of ${verdict.length} claims.`
    : `The demo did not hold: ${broken.length} of ${verdict.length} claims are broken.`,
);
process.exitCode = broken.length === 0 ? 0 : 1;
