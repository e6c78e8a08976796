import { Zip, ZipDeflate, ZipPassThrough } from "fflate";

/** A file of an archive. */
export interface ArchiveFile {
  /** With `/` between folders. */
  name: string;
  modified: Date;
  /** False for what is compressed already, such as pictures. */
  compress: boolean;
  content: AsyncIterable<Uint8Array>;
}

/** A ZIP archive without ZIP64 holds fewer bytes and files than these. */
export const largestArchive = 2 ** 32 - 1;
export const mostFiles = 2 ** 16 - 1;

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
    const entry = compress ? new ZipDeflate(name, { level: 6 }) : new ZipPassThrough(name);
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
