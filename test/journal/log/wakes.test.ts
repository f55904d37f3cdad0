import { describeWakesContract } from '../../contract/wakes.ts';
import { MemoryWakes } from './wakes.ts';

describeWakesContract('in memory', async () => {
  const wakes = new MemoryWakes();
  return [wakes, wakes];
});
