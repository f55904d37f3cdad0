/** Of this package; a test keeps it equal to package.json, so that nothing has to be read to say it. */
export const VERSION = '0.1.0';
