import fc from 'fast-check';

// The same cases every time, so that a change is judged by itself; other cases: PROPERTY_SEED=random, or a number to see one again.
const wanted = process.env['PROPERTY_SEED'];

if (wanted !== 'random') fc.configureGlobal({ seed: Number(wanted ?? 20_261_120) });

export { fc };
