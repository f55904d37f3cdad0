import { readFileSync, writeFileSync } from 'node:fs';
import { KINDS } from '../../src/workflow/aggregates.ts';
import { drawMachine } from '../../src/workflow/diagram.ts';

const FILE = 'docs/internals/machines.md';

test.each([...KINDS])(
  'docs/internals/machines.md shows the %s machine as it is (redraw: npm run diagrams)',
  (name, { machine }) => {
    const drawing = new RegExp(`(<!-- machine: ${name} -->\n)\`\`\`mermaid\n[^]*?\`\`\``);
    const expected = `\`\`\`mermaid\n${drawMachine(machine)}\n\`\`\``;
    if (process.env['REDRAW'] === '1')
      writeFileSync(FILE, readFileSync(FILE, 'utf8').replace(drawing, `$1${expected}`));
    expect(drawing.exec(readFileSync(FILE, 'utf8'))?.[0]).toBe(`<!-- machine: ${name} -->\n${expected}`);
  },
);
