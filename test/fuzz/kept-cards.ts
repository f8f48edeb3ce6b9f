import { closeSync, openSync, readSync } from 'node:fs';
import { filesUnder } from '../journeys/secret-forms.ts';
import { holdsMarkedCard } from './judge.ts';

const pieceBytes = 4 * 1024 * 1024;
/** A card number in its longest form must not be missed where two pieces meet. */
const overlapBytes = 256;

const holdsCard = (file: string): boolean => {
  const descriptor = openSync(file, 'r');
  try {
    const piece = Buffer.alloc(pieceBytes);
    for (let at = 0; ; at += pieceBytes - overlapBytes) {
      const length = readSync(descriptor, piece, 0, pieceBytes, at);
      if (holdsMarkedCard(piece.toString('utf8', 0, length))) return true;
      if (length < pieceBytes) return false;
    }
  } finally {
    closeSync(descriptor);
  }
};

/** Files under a folder that hold a card number of the run in plain text, grouped or not. The vault keeps them, but sealed. */
export const filesWithCards = (folder: string): readonly string[] => filesUnder(folder).filter(holdsCard);
