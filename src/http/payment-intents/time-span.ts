import { timeSpanPattern } from '../schema/field-schemas.ts';

const pattern = new RegExp(timeSpanPattern);

/** Milliseconds of a duration written `[d.]hh:mm:ss`, or `undefined`. */
export const timeSpanMs = (text: string): number | undefined => {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = match;
  return (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
};

/** A duration in milliseconds as .NET writes it: the days only where there are any. */
export const timeSpanShown = (ms: number): string => {
  const seconds = Math.floor(ms / 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const days = Math.floor(seconds / 86_400);
  const clock = `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return days === 0 ? clock : `${days}.${clock}`;
};
