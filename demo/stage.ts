import type { Platform } from "../packages/platform/mod.ts";

/** Where a demo plays: a running platform, and a way to show each step. */
export interface Stage {
  platform: Platform;
  root: string;
  /** The folder for pictures. */
  out: string;
  /** Does one step, and prints what came of it and how long it took. */
  step<T>(label: string, work: () => Promise<[result: T, shown: string]>): Promise<T>;
  print(line: string): void;
}

/** A stage that prints on standard output. */
export function stageOn(platform: Platform, root: string): Stage {
  const print = (line: string) => {
    Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
  };
  return {
    platform,
    root,
    out: `${root}/out`,
    print,
    async step(label, work) {
      const begun = performance.now();
      const [result, shown] = await work();
      const seconds = ((performance.now() - begun) / 1000).toFixed(1).padStart(5);
      print(`${seconds} s  ${label.padEnd(38)} ${shown}`);
      return result;
    },
  };
}
