import type { Variant } from '../variant.ts';
import { driving } from './driving.ts';

export const variants: readonly Variant[] = [...driving];
