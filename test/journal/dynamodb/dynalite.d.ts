declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** A server of DynamoDB's protocol, in this process and in memory. */
  function dynalite(options?: {
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly maxItemSizeKb?: number;
  }): Server;
  export = dynalite;
}
