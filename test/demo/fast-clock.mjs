// node --import ./fast-clock.mjs: a process whose time passes FAST times as fast since ORIGIN, for itself and for all processes that are started so.
import { createRequire, syncBuiltinESMExports } from 'node:module';

const fast = Number(process.env.LIFEBOAT_DEMO_FAST);
const origin = Number(process.env.LIFEBOAT_DEMO_ORIGIN);
const require = createRequire(import.meta.url);
const timers = require('node:timers');
const promised = require('node:timers/promises');
const os = require('node:os');

const RealDate = Date;
const realNow = Date.now;
const now = () => Math.floor(origin + (realNow() - origin) * fast);
globalThis.Date = class Date extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [now()] : given));
  }

  static now() {
    return now();
  }
};

const counter = performance.now.bind(performance);
performance.now = () => counter() * fast;
const uptime = os.uptime;
os.uptime = () => uptime() * fast;

const { setTimeout, setInterval } = globalThis;
const shortened = (real) => Object.assign((work, ms = 0, ...given) => real(work, ms / fast, ...given), real);
globalThis.setTimeout = timers.setTimeout = shortened(setTimeout);
globalThis.setInterval = timers.setInterval = shortened(setInterval);
const pause = promised.setTimeout;
promised.setTimeout = (ms = 0, ...given) => pause(ms / fast, ...given);
syncBuiltinESMExports();
