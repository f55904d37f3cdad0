/** Names of the table's key attributes, both strings. Whoever creates the table needs nothing else: no index, no expiry, no stream. */
export const TABLE_KEYS = { partition: 'pk', sort: 'sk' } as const;
