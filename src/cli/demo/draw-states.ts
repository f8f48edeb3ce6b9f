/** What was seen of the two intents, in any order. */
export type SeenStates = { readonly setupIntent: readonly string[]; readonly paymentIntent: readonly string[] };

/** Turns text into what the terminal shows; without colours it returns the text. */
export type Paint = { strong(text: string): string; faint(text: string): string };

export const plainPaint: Paint = { strong: (text) => text, faint: (text) => text };
export const colourPaint: Paint = {
  strong: (text) => `\u001b[1;36m${text}\u001b[0m`,
  faint: (text) => `\u001b[2m${text}\u001b[0m`,
};

/** Three rows of equal width. */
type Block = readonly [string, string, string];

const heavy = ['┏', '━', '┓', '┃', '┗', '┛'] as const;
const light = ['┌', '─', '┐', '│', '└', '┘'] as const;

const box = (paint: Paint, name: string, seen: boolean, width = name.length): Block => {
  const [topLeft, across, topRight, side, bottomLeft, bottomRight] = seen ? heavy : light;
  const colour = seen ? paint.strong : paint.faint;
  const left = ' '.repeat(Math.floor((width - name.length) / 2));
  const right = ' '.repeat(Math.ceil((width - name.length) / 2));
  const bar = across.repeat(width + 2);
  return [
    colour(`${topLeft}${bar}${topRight}`),
    colour(`${side} ${left}${name}${right} ${side}`),
    colour(`${bottomLeft}${bar}${bottomRight}`),
  ];
};

const arrow = (paint: Paint, taken: boolean): Block => [
  '     ',
  taken ? paint.strong(' ━━▶ ') : paint.faint(' ──▶ '),
  '     ',
];
const text = (words: string): Block => [' '.repeat(words.length), words, ' '.repeat(words.length)];
const gap: Block = [' ', ' ', ' '];

const beside = (...blocks: readonly Block[]): string[] =>
  [0, 1, 2].map((row) => `  ${blocks.map((block) => block[row]).join('')}`.trimEnd());

/** The setup intent's own states stand below each other; this is the widest of their names. */
const trunkWidth = 'Authorized'.length;

/** The guide's states with the path that was taken in heavy boxes and arrows. */
export const drawStates = (seen: SeenStates, paint: Paint): readonly string[] => {
  const setup = (name: string, width?: number): Block => box(paint, name, seen.setupIntent.includes(name), width);
  const payment = (name: string): Block => box(paint, name, seen.paymentIntent.includes(name));
  const wentTo = (name: string): boolean => seen.setupIntent.includes(name);
  const paid = (name: string): boolean => seen.paymentIntent.includes(name);
  const down = (taken: boolean, words: string): string[] => {
    const colour = taken ? paint.strong : paint.faint;
    return [`         ${colour(taken ? '┃' : '│')}  ${words}`.trimEnd(), `         ${colour('▼')}`];
  };
  return [
    '  setup intent',
    ...beside(
      setup('Created', trunkWidth),
      arrow(paint, false),
      setup('Expired'),
      gap,
      setup('CardExpired'),
      gap,
      setup('Canceled'),
    ),
    ...down(wentTo('Authorized'), 'the issuer verifies the card'),
    ...beside(
      setup('Authorized', trunkWidth),
      arrow(paint, paid('Created')),
      payment('Created'),
      arrow(paint, paid('Captured')),
      payment('Captured'),
      text('  payment intent'),
    ),
    ...down(wentTo('Completed'), 'the card is charged, once'),
    ...beside(setup('Completed', trunkWidth), text('   or, uncharged: '), setup('Closed'), gap, setup('CardExpired')),
  ];
};
