/** What happens to a failed request, decided before anything is sent. */
export type Verdict =
  /** Its client comes back by itself. */
  | { readonly kind: 'returns' }
  /** Its client tried again: the later request stands for it. */
  | { readonly kind: 'retried' }
  | { readonly kind: 'replayable' }
  | { readonly kind: 'lost' };

/** One line of the table by class. The class is the name of the rule and what becomes of it. */
export interface ClassCount {
  /** The rule's name; `other clients` where none matched. */
  readonly class: string;
  readonly verdict: Verdict['kind'];
  readonly failed: number;
  /** Of those: comes back, was retried, or is to be replayed. */
  readonly recoverable: number;
  readonly reason: string;
}
