import { adviceText, type Advice } from '../src/advice.ts';

/** Matches advice whose text contains `text`, wherever Jest takes a matcher. */
export function advised(text: string): unknown {
  return {
    asymmetricMatch: (advice: Advice) => adviceText(advice).includes(text),
    toAsymmetricMatcher: () => `advised<${text}>`,
  };
}
