/**
 * Which vault process has a captured card in its memory, for as long as the request about it is under way: behind one
 * name there may be several.
 */
export type CapturedCardPlaces = {
  /** @returns how to forget it, which whoever notes it must do when the request is answered */
  note(cardReference: string, vaultUrl: string): () => void;
  vaultUrlOf(cardReference: string): string | undefined;
};

export const openCapturedCardPlaces = (): CapturedCardPlaces => {
  const places = new Map<string, string>();
  return {
    note: (cardReference, vaultUrl) => {
      places.set(cardReference, vaultUrl);
      return () => void places.delete(cardReference);
    },
    vaultUrlOf: (cardReference) => places.get(cardReference),
  };
};
