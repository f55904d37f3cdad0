import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startPeer } from './peer.ts';
import type { Quirks } from './quirks.ts';
import type { Seed } from './seed.ts';

// A peer as a process of its own: node test/peer/main.ts --port 0 --seed FILE --quirks FILE --buckets FOLDER. It prints its address, one line.
const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    seed: { type: 'string' },
    quirks: { type: 'string' },
    buckets: { type: 'string' },
  },
});

function json<Document>(file: string | undefined): Document | undefined {
  return file === undefined ? undefined : (JSON.parse(readFileSync(file, 'utf8')) as Document);
}

const seed = json<Seed>(values.seed);
const quirks = json<Quirks>(values.quirks);
const peer = await startPeer({
  port: Number(values.port ?? 0),
  seed: { ...seed, ...(values.buckets !== undefined && { bucketsFolder: values.buckets }) },
  ...(quirks !== undefined && { quirks }),
});
process.stdout.write(`${peer.url}\n`);
