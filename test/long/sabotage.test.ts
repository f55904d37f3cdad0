import { runVariant } from '../sabotage/run-variant.ts';
import { variants } from '../sabotage/variants/index.ts';
import type { Variant } from '../sabotage/variant.ts';

describe('what comes of a variant', () => {
  const [known] = variants;
  const like = (change: Partial<Variant>): Variant => ({ ...(known as Variant), ...change });

  test('tests that do not exist catch nothing', async () => {
    const tests = [{ path: 'test/driver/driver.test.ts', name: 'no test has this name' }];
    expect(await runVariant(like({ tests }))).toMatchObject({ verdict: 'error' });
  });
});
