/** Connected parts of what is set: a label for each pixel, from 1; 0 where nothing is set. Neighbours share a side. */
export interface Regions {
  label: Int32Array;
  /** How many there are. */
  count: number;
}

/** Finds the connected parts of `set`. */
export function regionsOf(set: Uint8Array, width: number): Regions {
  const label = new Int32Array(set.length);
  const queue = new Int32Array(set.length);
  let count = 0;
  for (let start = 0; start < set.length; start++) {
    if (!set[start] || label[start]) continue;
    count++;
    label[start] = count;
    queue[0] = start;
    for (let [at, end] = [0, 1]; at < end; at++) {
      const i = queue[at]!;
      const x = i % width;
      for (const next of [x > 0 ? i - 1 : i, x < width - 1 ? i + 1 : i, i - width, i + width]) {
        if (next < 0 || next >= set.length || !set[next] || label[next]) continue;
        label[next] = count;
        queue[end++] = next;
      }
    }
  }
  return { label, count };
}
