import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { adviceText } from '../src/advice.ts';
import { EXIT } from '../src/cli/session/exit-codes.ts';
import { errorText } from '../src/cli/session/render-error.ts';
import { LifeboatError } from '../src/errors.ts';
import { addStacks } from './stacks.ts';

// What `cdk` runs: the stacks of the context, or one message that says what is wrong with it.
try {
  const app = new App();
  addStacks(app);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
} catch (error) {
  if (!(error instanceof LifeboatError)) throw error;
  process.stderr.write(`${errorText(error, (advice) => adviceText(advice))}\n`);
  process.exitCode = EXIT.usage;
}
