const quote = 0x22;
const backslash = 0x5c;

const isOpener = (code: number): boolean => code === 0x7b || code === 0x5b;
const isCloser = (code: number): boolean => code === 0x7d || code === 0x5d;

/** The place after a text's closing quote; beyond the end when it has none. */
const afterText = (json: string, opening: number): number => {
  for (let at = json.indexOf('"', opening + 1); at >= 0; at = json.indexOf('"', at + 1)) {
    let escapes = 0;
    while (json.charCodeAt(at - 1 - escapes) === backslash) escapes += 1;
    if (escapes % 2 === 0) return at + 1;
  }
  return json.length;
};

/**
 * Whether JSON is nested deeper than so many levels, told from its text: a parser and everything behind it that
 * recurses would meet a body of 64 KiB with 32 000 levels. Texts in it are passed over; it need not be valid.
 */
export const isNestedDeeper = (json: string, levelsMax: number): boolean => {
  // Each level is an opener and a closer, or what lacks them is no JSON.
  if (json.length <= 2 * levelsMax) return false;
  let levels = 0;
  for (let at = 0; at < json.length; ) {
    const code = json.charCodeAt(at);
    if (code === quote) at = afterText(json, at);
    else {
      if (isOpener(code)) levels += 1;
      else if (isCloser(code)) levels -= 1;
      if (levels > levelsMax) return true;
      at += 1;
    }
  }
  return false;
};
