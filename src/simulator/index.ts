export { SimulatedClock } from './clock.ts';
export type { VirtualClock } from './clock.ts';
export type { CallCount } from './call-meter.ts';
export { FAULT_PROFILES, MAKING_FAULTS_PER_SOURCE } from './faults.ts';
export type { FaultName, FaultProfileName, FaultRates } from './faults.ts';
export type { Senders } from './senders.ts';
export type {
  QuotaUsage,
  TrueDbInstance,
  TrueDbSnapshot,
  TrueFsr,
  TrueParameter,
  TrueSnapshot,
  TrueVolume,
} from './truth.ts';
export { openWorld } from './world.ts';
export type { World, WorldOptions, WorldSnapshot } from './world.ts';
