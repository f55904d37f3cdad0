import { describeExecutorContract } from '../contract/executor.ts';
import { simulatedAccount } from '../contract/executor-simulator.ts';

describeExecutorContract('AWS clients on the simulator', () => simulatedAccount());
