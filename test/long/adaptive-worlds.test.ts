import { CASES, expectBackedOff, expectMostIsTaken } from '../backfill/control/worlds.ts';

test.each(CASES)('takes most of what can be had and keeps the live p99: $name', expectMostIsTaken);

test.each([1, 2])('backs off within two seconds when capacity is halved, seed %i', expectBackedOff);
