import { writeFileSync } from 'node:fs';

const START = Date.UTC(2026, 10, 20, 3);

/** A capture of so many requests that were never answered; the URL of each tells it from all others. */
export function writeCapture(
  file: string,
  count: number,
  change: (index: number) => object = () => ({}),
): void {
  const lines = Array.from({ length: count }, (_, index) =>
    JSON.stringify({
      time: new Date(START + index * 250).toISOString(),
      method: 'POST',
      url: `http://old.example/orders/${index}`,
      headers: { 'content-type': 'application/json', 'x-session': `s${index % 7}` },
      body: JSON.stringify({ index }),
      ...change(index),
    }),
  );
  writeFileSync(file, `${lines.join('\n')}\n`);
}
