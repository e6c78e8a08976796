/** Enlarges strips in a thread of its own. */
import { enlargeStrip, type Strip } from "./enlarge_strip.ts";

const thread = self as unknown as {
  onmessage: (event: MessageEvent<Strip>) => void;
  postMessage(rows: Uint8Array, transfer: Transferable[]): void;
};

thread.onmessage = ({ data }) => {
  const rows = enlargeStrip(data);
  thread.postMessage(rows, [rows.buffer]);
};
