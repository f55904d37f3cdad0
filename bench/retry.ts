import { Asked } from './replay-processes.ts';
import type { RetryAnswer, RetryQuestion } from './retry-ours.ts';
import { atLeast, atMost, inScratchFolder, median, plain } from './support.ts';
import type { Bench, Figure } from './support.ts';

const WAITING = 10_000;
const ATTEMPTS = 100_000;
const ROUNDS = 3;

async function measure(folder: string): Promise<readonly Figure[]> {
  const answers: RetryAnswer[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const ours = new Asked('retry-ours.ts', ['--expose-gc']);
    const question: RetryQuestion = {
      waiting: WAITING,
      attempts: ATTEMPTS,
      directory: `${folder}/ledger-${round}`,
    };
    try {
      answers.push(await ours.hear<RetryAnswer>(question));
    } finally {
      await ours.stop();
    }
  }
  const middle = (pick: (answer: RetryAnswer) => number): number => median(answers.map(pick));
  return [
    atLeast(
      'requests waiting in back-off',
      middle(({ waiting }) => waiting),
      'requests',
      WAITING * 0.9,
    ),
    atMost(
      'memory of one of them',
      middle(({ bytesEach }) => bytesEach),
      'B',
      1_024,
    ),
    atMost(
      'delay of the event loop, p99',
      middle(({ delayP99Ms }) => delayP99Ms),
      'ms',
      50,
    ),
    plain(
      'repeats meanwhile',
      middle(({ repeats }) => repeats),
      'requests',
    ),
  ];
}

export const retry: Bench = {
  about: `memory and event loop with ${WAITING} requests in back-off, each allowed ${ATTEMPTS} attempts`,
  run: () => inScratchFolder(measure),
};
