import { FeedFailure } from "./feed_row.ts";

/** Byte order marks of encodings that are not taken, the longer ones first. */
const foreignMarks: [encoding: string, mark: number[]][] = [
  ["UTF-32LE", [0xff, 0xfe, 0x00, 0x00]],
  ["UTF-32BE", [0x00, 0x00, 0xfe, 0xff]],
  ["UTF-16LE", [0xff, 0xfe]],
  ["UTF-16BE", [0xfe, 0xff]],
];

/**
 * Reads the whole file once to know that it is UTF-8, with or without a byte order mark, before a
 * row of it is used.
 *
 * @throws FeedFailure `unsupported_encoding` that names the encoding as far as it shows.
 */
export async function requireUtf8(file: Blob): Promise<void> {
  const start = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  const [foreign] = foreignMarks.find(([, mark]) => mark.every((byte, i) => start[i] === byte)) ??
    [];
  if (foreign) throw unsupported(`The feed is in ${foreign}`);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    for await (const chunk of file.stream()) decoder.decode(chunk, { stream: true });
    decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw unsupported("The feed is in Windows-1251, Latin-1 or another encoding of single bytes");
  }
}

function unsupported(what: string): FeedFailure {
  return new FeedFailure("unsupported_encoding", `${what}; UTF-8 is wanted.`);
}

/** The file's text in pieces, without a byte order mark. */
export function textOf(file: Blob): AsyncIterable<string> {
  return file.stream().pipeThrough(new TextDecoderStream());
}

/** The lines of a text without their ends (LF or CRLF), in the pieces in which it came. */
export async function* linesOf(text: AsyncIterable<string>): AsyncGenerator<string[]> {
  let rest = "";
  for await (const piece of text) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    yield lines.map(withoutReturn);
  }
  if (rest !== "") yield [withoutReturn(rest)];
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}
