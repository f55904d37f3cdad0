export { SimulatedClock } from './model/clock.ts';
export type { VirtualClock } from './model/clock.ts';
export type { CallCount } from './service/call-meter.ts';
export { FAULT_PROFILES, MAKING_FAULTS_PER_SOURCE } from './chance/faults.ts';
export type { FaultName, FaultProfileName, FaultRates } from './chance/faults.ts';
export type { Senders } from './senders.ts';
export type {
  QuotaUsage,
  TrueDbInstance,
  TrueDbSnapshot,
  TrueFsr,
  TrueMessage,
  TrueParameter,
  TrueSnapshot,
  TrueVolume,
} from './state/truth.ts';
export { openWorld } from './world.ts';
export type { World, WorldOptions, WorldSnapshot } from './world.ts';
