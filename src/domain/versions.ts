/** What the command line and the description of the API speak: its answers say the most. */
export const newestApiVersion = '2026-02-27';

/** The dated releases of the API, oldest first (the OpenAPI documents). */
export const apiVersions = ['2022-04-07', '2024-02-05', '2025-09-10', newestApiVersion] as const;
export type ApiVersion = (typeof apiVersions)[number];

/**
 * The release that a `version` header asks for: the newest on or before its date; the first for an older date.
 * `undefined` when the text is not a calendar date `yyyy-mm-dd`.
 */
export const versionFor = (header: string): ApiVersion | undefined => {
  const exact = apiVersions.find((version) => version === header);
  if (exact !== undefined) return exact;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(header)) return undefined;
  const date = new Date(`${header}T00:00:00Z`);
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== header) return undefined;
  return apiVersions.findLast((version) => version <= header) ?? apiVersions[0];
};
