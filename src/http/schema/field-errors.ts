import { type FieldErrors, type Problem, problem } from '../../problems/problems.ts';

/** Enough for a person to correct a form, and a bound on an answer that the caller controls. */
const fieldsMax = 50;

/** A key that the caller chose is only repeated when it looks like a name, never when it could be data. */
const speakableKey = /^[A-Za-z][A-Za-z_-]{0,39}\d{0,3}$/;

/** `["amount", "currencyCode"]` → `Amount.CurrencyCode`, as the API names fields. Parts that are not plain names are left out. */
export const fieldPath = (keys: readonly (string | number)[]): string => {
  let path = '';
  for (const key of keys) {
    if (typeof key === 'number' || /^\d{1,5}$/.test(key)) path += `[${key}]`;
    else if (speakableKey.test(key)) path += `${path === '' ? '' : '.'}${key.charAt(0).toUpperCase()}${key.slice(1)}`;
    else break;
  }
  return path === '' ? 'Body' : path;
};

/** `Amount.CurrencyCode` → `CurrencyCode`. */
export const lastName = (path: string): string => path.slice(path.lastIndexOf('.') + 1);

/** A refusal of one field. @param text goes on after its name */
export const wrongField = (name: string, text: string): Problem => {
  const field = fieldPath([name]);
  return problem('request-invalid', { errors: { [field]: [`The ${field} field ${text}`] } });
};

/** Collects messages by field, without repeating one. */
export const newFieldErrors = () => {
  const byField = new Map<string, string[]>();
  return {
    add(path: string, message: string): void {
      const messages = byField.get(path);
      if (messages !== undefined && !messages.includes(message)) messages.push(message);
      else if (messages === undefined && byField.size < fieldsMax) byField.set(path, [message]);
    },
    get any(): boolean {
      return byField.size > 0;
    },
    all: (): FieldErrors => Object.fromEntries(byField),
  };
};
