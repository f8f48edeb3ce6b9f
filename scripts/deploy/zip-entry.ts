import { inflateRawSync } from 'node:zlib';

/** Sizes and signatures of the format: APPNOTE.TXT 4.3.7, 4.3.12 and 4.3.16. */
const endSize = 22;
const endSignature = 0x06054b50;
const entrySize = 46;
const localSize = 30;

/** One file out of a zip archive, or `undefined` where it is not there. For archives below 4 GiB. */
export const zipEntry = (archive: Buffer, name: string): Buffer | undefined => {
  const end = archive.length - endSize;
  if (end < 0 || archive.readUInt32LE(end) !== endSignature)
    throw new Error('This is no zip archive, or it has a comment.');
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset));
    const nameEnd = at + entrySize + (nameLength ?? 0);
    if (archive.toString('utf8', at + entrySize, nameEnd) === name) {
      const isDeflated = archive.readUInt16LE(at + 10) !== 0;
      const packedSize = archive.readUInt32LE(at + 20);
      const local = archive.readUInt32LE(at + 42);
      const start = local + localSize + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
      const packed = archive.subarray(start, start + packedSize);
      return isDeflated ? inflateRawSync(packed) : packed;
    }
    at = nameEnd + (extraLength ?? 0) + (commentLength ?? 0);
  }
  return undefined;
};
