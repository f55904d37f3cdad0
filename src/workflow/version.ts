/** Version of the machines: raised with every change of a state, a timer or a context, since the journal keeps all three. */
export const MACHINE_VERSION = 4;
