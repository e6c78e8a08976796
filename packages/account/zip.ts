import { crc32 } from "node:zlib";
import { type AsyncFlateStreamHandler, Zip, ZipDeflate, type ZipInputFile } from "fflate";

/** A file of an archive. */
export interface ArchiveFile {
  /** With `/` between folders. */
  name: string;
  modified: Date;
  /** False for what is compressed already, such as pictures. */
  compress: boolean;
  content: AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/** A ZIP archive without ZIP64 holds no more bytes. */
export const largestArchive = 2 ** 32 - 1;

/**
 * A ZIP archive as it is made: a file is read when the archive is, so no more than a chunk of one is in
 * memory at a time. What the files throw, the archive throws.
 */
export async function* zip(files: AsyncIterable<ArchiveFile>): AsyncGenerator<Uint8Array> {
  const made: Uint8Array[] = [];
  const archive = new Zip((error, chunk) => {
    if (error) throw error;
    made.push(chunk);
  });
  for await (const { name, modified, compress, content } of files) {
    const entry = compress ? new ZipDeflate(name, { level: 6 }) : new Stored(name);
    entry.mtime = modified;
    archive.add(entry);
    for await (const chunk of content) {
      entry.push(chunk);
      yield* made.splice(0);
    }
    entry.push(new Uint8Array(0), true);
    yield* made.splice(0);
  }
  archive.end();
  yield* made.splice(0);
}

/** A file that goes in as it is. fflate's own sums up in JavaScript, which is most of its time. */
class Stored implements ZipInputFile {
  readonly compression = 0;
  size = 0;
  crc = 0;
  declare mtime: Date;
  declare ondata: AsyncFlateStreamHandler;

  constructor(readonly filename: string) {}

  push(chunk: Uint8Array<ArrayBuffer>, final = false): void {
    this.size += chunk.length;
    this.crc = crc32(chunk, this.crc);
    this.ondata(null, chunk, final);
  }
}
