import { createHash } from "node:crypto";
import { tooLarge } from "./problem.ts";

/** What was written. */
export interface WrittenBlob {
  version: string;
  size: number;
  etag: string;
}

/** The bytes of objects, as files under names that no caller chose. */
export class Blobs {
  constructor(readonly folder: string) {}

  /**
   * Writes a new blob, no more than `limit` bytes of it.
   * @throws StorageProblem 413 over the limit; nothing is kept then.
   */
  async write(body: ReadableStream<Uint8Array> | null, limit: number): Promise<WrittenBlob> {
    const version = crypto.randomUUID();
    const hash = createHash("md5");
    let size = 0;
    const measured = (body ?? new ReadableStream({ start: (controller) => controller.close() }))
      .pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          transform(chunk, controller) {
            size += chunk.length;
            if (size > limit) throw tooLarge();
            hash.update(chunk);
            controller.enqueue(chunk);
          },
        }),
      );
    try {
      await Deno.writeFile(this.#path(version), measured, { createNew: true });
    } catch (reason) {
      await this.remove(version);
      throw reason;
    }
    return { version, size, etag: `"${hash.digest("hex")}"` };
  }

  /** The bytes of a blob; null when they are gone. */
  async read(version: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>> | null> {
    const file = await Deno.open(this.#path(version)).catch(() => null);
    return file?.readable ?? null;
  }

  /** A second blob with the same bytes. */
  async copy(version: string): Promise<string> {
    const copy = crypto.randomUUID();
    await Deno.copyFile(this.#path(version), this.#path(copy));
    return copy;
  }

  /** Removes a blob; one that is gone is no error. */
  async remove(version: string): Promise<void> {
    await Deno.remove(this.#path(version)).catch((reason) => {
      if (!(reason instanceof Deno.errors.NotFound)) throw reason;
    });
  }

  #path(version: string): string {
    if (!/^[0-9a-f-]{36}$/.test(version)) throw new Error("not a version");
    return `${this.folder}/${version}`;
  }
}
