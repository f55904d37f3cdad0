import tseslint from 'typescript-eslint';

/** What each layer may not import: the arrows of ARCHITECTURE.md, kept by the machine. */
const above = {
  document: [
    'runbook',
    'inventory',
    'plan',
    'objectives',
    'workflow',
    'aws',
    'verify',
    'journal',
    'hosts',
    'simulator',
    'report',
    'cli',
  ],
  facts: [
    'document',
    'runbook',
    'inventory',
    'plan',
    'objectives',
    'workflow',
    'aws',
    'verify',
    'journal',
    'hosts',
    'simulator',
    'report',
    'cli',
  ],
  runbook: [
    'inventory',
    'plan',
    'objectives',
    'workflow',
    'aws',
    'verify',
    'journal',
    'hosts',
    'simulator',
    'report',
    'cli',
  ],
  inventory: [
    'plan',
    'objectives',
    'workflow',
    'aws',
    'verify',
    'journal',
    'hosts',
    'simulator',
    'report',
    'cli',
  ],
  plan: ['objectives', 'workflow', 'aws', 'verify', 'journal', 'hosts', 'simulator', 'report', 'cli'],
  objectives: ['workflow', 'aws', 'verify', 'journal', 'hosts', 'simulator', 'report', 'cli'],
  workflow: ['aws', 'verify', 'journal', 'hosts', 'simulator', 'report', 'cli'],
  verify: ['aws', 'journal', 'hosts', 'simulator', 'report', 'cli'],
  aws: ['journal', 'hosts', 'simulator', 'report', 'cli'],
  journal: ['aws', 'verify', 'hosts', 'simulator', 'report', 'cli'],
  simulator: [
    'runbook',
    'plan',
    'objectives',
    'workflow',
    'aws',
    'verify',
    'journal',
    'hosts',
    'report',
    'cli',
  ],
  report: ['aws', 'verify', 'hosts', 'simulator', 'cli'],
  hosts: ['cli'],
};
/** Layers that must give the same answer for the same input: no I/O, no clock, no chance. */
const pure = ['document', 'facts', 'runbook', 'inventory', 'plan', 'objectives', 'workflow'];
const impureModules = ['node:*', '@aws-sdk/*', 'pino', 'commander'];

const layerRules = Object.entries(above).map(([layer, outer]) => ({
  files: [`src/${layer}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            group: outer.map((name) => `**/${name}/**`),
            message: `Imports point inward: '${layer}' must not know this layer.`,
          },
          ...(pure.includes(layer)
            ? [{ group: impureModules, message: `'${layer}' is pure: no Node built-ins, SDK or logger.` }]
            : []),
        ],
      },
    ],
  },
}));

const pureRules = {
  files: pure.map((layer) => `src/${layer}/**/*.ts`),
  rules: {
    'no-restricted-globals': [
      'error',
      'Date',
      'process',
      'setTimeout',
      'setInterval',
      'crypto',
      'performance',
      'fetch',
    ],
    'no-restricted-properties': [
      'error',
      { object: 'Math', property: 'random', message: 'Pure code takes no chances.' },
    ],
  },
};

export default tseslint.config(
  { ignores: ['dist', 'coverage', 'node_modules'] },
  ...tseslint.configs.recommended,
  {
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
      'no-console': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', { max: 350, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
    },
  },
  ...layerRules,
  pureRules,
  {
    files: ['test/**/*.ts'],
    rules: { 'max-lines-per-function': 'off', 'max-lines': ['error', { max: 500 }] },
  },
  { files: ['*.config.js'], rules: { 'no-restricted-exports': 'off' } },
);
