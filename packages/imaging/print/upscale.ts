import { Refusal } from "../refusal.ts";
import type { Artwork } from "./artwork.ts";
import { enlargeStrip, reach, type Strip } from "./enlarge_strip.ts";
import { fourfold } from "./fourfold.ts";

const rowsOfStrip = 128;
const mostPixels = 50_000_000;
/** Below this a thread takes longer to start than it saves. */
const worthThreads = 500_000;

/**
 * Two or four times the width and height, centred, with alpha.
 *
 * @param threads how many work at once when it is doubled
 * @throws Refusal picture_too_large when the result would have more than 50 megapixels.
 */
export async function upscale(
  artwork: Artwork,
  factor: 2 | 4,
  threads = 2,
): Promise<Artwork> {
  const { width, height, transparent, density } = artwork;
  if (width * height * factor ** 2 > mostPixels) {
    throw new Refusal(
      "picture_too_large",
      `Enlarged ${factor} times it would have more than ${mostPixels / 1_000_000} megapixels.`,
    );
  }
  return {
    width: width * factor,
    height: height * factor,
    rgba: factor === 2 ? await twofold(artwork, threads) : await fourfold(artwork),
    transparent,
    // The same size on paper.
    ...(density ? { density: density * factor } : {}),
  };
}

/** Strip by strip, so that the memory needed besides the result is small. */
async function twofold(artwork: Artwork, threads: number): Promise<Uint8Array> {
  const { width, height } = artwork;
  const rgba = new Uint8Array(width * height * 4 * 4);
  const tops = Array.from({ length: Math.ceil(height / rowsOfStrip) }, (_, i) => i * rowsOfStrip);
  const keep = (top: number, rows: Uint8Array) => rgba.set(rows, top * 2 * width * 2 * 4);
  if (width * height < worthThreads || threads === 1) {
    for (const top of tops) keep(top, enlargeStrip(stripOf(artwork, top)));
  } else {
    const next = tops.values();
    await Promise.all(Array.from({ length: threads }, async () => {
      using thread = new StripThread();
      for (const top of next) keep(top, await thread.enlarge(stripOf(artwork, top)));
    }));
  }
  return rgba;
}

function stripOf({ width, height, rgba, transparent }: Artwork, at: number): Strip {
  const [top, end] = [Math.max(at - reach, 0), Math.min(at + rowsOfStrip, height)];
  const bottom = Math.min(end + reach, height);
  return {
    width,
    height: bottom - top,
    rgba: rgba.slice(top * width * 4, bottom * width * 4),
    from: at - top,
    to: end - top,
    transparent,
  };
}

class StripThread implements Disposable {
  readonly #worker = new Worker(new URL("./upscale_worker.ts", import.meta.url), {
    type: "module",
  });

  enlarge(strip: Strip): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#worker.onmessage = ({ data }: MessageEvent<Uint8Array>) => resolve(data);
      this.#worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
      this.#worker.postMessage(strip);
    });
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}
