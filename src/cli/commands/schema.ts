import { defineCommand } from '../session/command.ts';
import { EXIT } from '../session/exit-codes.ts';

export const schemaCommand = defineCommand<[], object>({
  usage: 'schema',
  summary: 'JSON Schema of a runbook, for editors',
  description: 'Prints the JSON Schema (draft 2020-12) of a runbook. Editors complete and check by it.',
  options: [],
  examples: ['lifeboat schema > runbook.schema.json'],
  async run({ terminal }) {
    const { runbookJsonSchema } = await import('../../runbook/json-schema.ts');
    const schema = runbookJsonSchema();
    terminal.document(schema);
    terminal.print(JSON.stringify(schema, null, 2));
    return EXIT.done;
  },
});
