import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { newFolder } from '../../infra/support.ts';

test('npm run synth needs neither an account nor a network', () => {
  const folder = newFolder();
  const output = execFileSync('npm', ['run', '--silent', 'synth', '--', '--output', folder], {
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      HOME: newFolder(),
      // Nothing listens there: whatever looks for a network finds none.
      HTTPS_PROXY: 'http://127.0.0.1:9',
      HTTP_PROXY: 'http://127.0.0.1:9',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  });
  expect(output).toBe('');
  expect(existsSync(join(folder, 'Lifeboat-us-east-1.template.json'))).toBe(true);
}, 300_000);
