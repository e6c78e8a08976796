/** A kernel at a quarter of a pixel before a pixel's centre; reversed it stands a quarter after it. Unrolled: this is where the time goes. */
export interface Taps {
  /** Doubles a row that has three pixels of border on both sides. */
  spreadRow(row: Float32Array, out: Float32Array): void;
  /** Mixes seven rows, the fourth of which is nearest, to the one a quarter before it. */
  mixRows(rows: Float32Array[], out: Float32Array): void;
}

/** Lanczos with three lobes. */
export const lanczos3: Taps = six((x) => sinc(x) * sinc(x / 3));

/** Catmull–Rom (Keys, IEEE ASSP 29(6), 1981, a = -1/2). */
export const catmullRom: Taps = four((x) => {
  const d = Math.abs(x);
  return d < 1 ? 1.5 * d ** 3 - 2.5 * d ** 2 + 1 : -0.5 * d ** 3 + 2.5 * d ** 2 - 4 * d + 2;
});

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Weights, of sum 1, of the 2 × `radius` pixels nearest to a quarter before pixel 0. */
function weights(kernel: (x: number) => number, radius: number): number[] {
  const raw = Array.from({ length: 2 * radius }, (_, i) => kernel(i - radius + 0.25));
  const sum = raw.reduce((a, b) => a + b);
  return raw.map((weight) => weight / sum);
}

function six(kernel: (x: number) => number): Taps {
  const [a, b, c, d, e, f] = weights(kernel, 3) as [number, number, number, number, number, number];
  return {
    spreadRow(row, out) {
      for (let x = 0; x < out.length / 2; x++) {
        const p = row[x]!, q = row[x + 1]!, r = row[x + 2]!, s = row[x + 3]!;
        const t = row[x + 4]!, u = row[x + 5]!, v = row[x + 6]!;
        out[2 * x] = p * a + q * b + r * c + s * d + t * e + u * f;
        out[2 * x + 1] = v * a + u * b + t * c + s * d + r * e + q * f;
      }
    },
    mixRows(rows, out) {
      const [p, q, r, s, t, u] = rows as [Row, Row, Row, Row, Row, Row, Row];
      for (let x = 0; x < out.length; x++) {
        out[x] = p[x]! * a + q[x]! * b + r[x]! * c + s[x]! * d + t[x]! * e + u[x]! * f;
      }
    },
  };
}

function four(kernel: (x: number) => number): Taps {
  const [a, b, c, d] = weights(kernel, 2) as [number, number, number, number];
  return {
    spreadRow(row, out) {
      for (let x = 0; x < out.length / 2; x++) {
        const p = row[x + 1]!, q = row[x + 2]!, r = row[x + 3]!, s = row[x + 4]!, t = row[x + 5]!;
        out[2 * x] = p * a + q * b + r * c + s * d;
        out[2 * x + 1] = t * a + s * b + r * c + q * d;
      }
    },
    mixRows(rows, out) {
      const [, p, q, r, s] = rows as [Row, Row, Row, Row, Row, Row, Row];
      for (let x = 0; x < out.length; x++) out[x] = p[x]! * a + q[x]! * b + r[x]! * c + s[x]! * d;
    },
  };
}

type Row = Float32Array;
