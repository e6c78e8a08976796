/**
 * Seconds of each model for a picture of 1000 × 1300 and the memory that the process took: `deno run -A packages/imaging/bench.ts`. Absolute figures; compare
 * runs on one machine only.
 */
import { analyseStyle } from "./style/analyse.ts";
import { loadModels, tryOn } from "./try_on.ts";

const fixture = (name: string) => Deno.readFile(new URL(`fixtures/${name}.png`, import.meta.url));
const print = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
const [person, garment] = [await fixture("person"), await fixture("t-shirt-striped")];

const started = performance.now();
await loadModels();
print(`models loaded in ${seconds(started)} s`);
const limits = { maxImageBytes: 10 * 1024 * 1024 };
const works = {
  "try-on": () => tryOn(person, garment, limits),
  "style-analysis": () => analyseStyle(person, limits),
};
for (const [name, work] of Object.entries(works)) {
  for (let round = 1; round <= 5; round++) {
    const begun = performance.now();
    await work();
    const resident = Math.round(Deno.memoryUsage().rss / 1024 / 1024);
    print(`${name}, round ${round}: ${seconds(begun)} s, ${resident} MB resident`);
  }
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(2);
}
