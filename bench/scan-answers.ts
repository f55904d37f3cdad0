/** What a contestant of the bench `scan` is asked for. */
export interface ScanQuestion {
  readonly path: string;
  /** Ours: a file for the failed lines. */
  readonly failedInto: string;
  readonly threads: number;
}

/** What it answers; both must say the same of a log. */
export interface ScanAnswer {
  readonly ms: number;
  /** By minute, in order: `2021-04-01T12:00`, requests, errors. */
  readonly minutes: readonly (readonly [minute: string, requests: number, errors: number])[];
  /** Times of the failed lines, in order. */
  readonly failedAt: readonly string[];
  /** Memory at its highest when the scan was over. */
  readonly peakMiB: number;
}

/** Answers questions of the parent process until it goes. */
export function answer(run: (question: ScanQuestion) => Promise<ScanAnswer>): void {
  process.on('message', (question: ScanQuestion) => {
    void run(question).then(
      (result) => process.send?.(result),
      (error: unknown) => process.send?.({ failed: error instanceof Error ? error.message : String(error) }),
    );
  });
}

export function peakMiB(): number {
  return process.resourceUsage().maxRSS / 1_024;
}
