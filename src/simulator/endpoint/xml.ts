export const XML_TYPE = { 'content-type': 'text/xml;charset=UTF-8' } as const;
export const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** Instants are written as `2026-11-20T03:00:00Z` unless a member says otherwise; 5 is the SDK's number for that form. */
export const TIMESTAMPS = { useTrait: true, default: 5 } as const;

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (found) => ESCAPES[found] ?? found);
}
