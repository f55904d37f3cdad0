import type { Variant } from '../variant.ts';
import { driving } from './driving.ts';
import { durability } from './durability.ts';

export const variants: readonly Variant[] = [...driving, ...durability];
