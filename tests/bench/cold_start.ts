import { environmentOf, everyFunction, scriptArguments, type Served, spawnHost } from "./hosts.ts";
import { type Figure, figureOf, type Measurement, median } from "./measurement.ts";
import { root, type Stage } from "./stage.ts";

/** Does something once for a function, in a fresh process, and says how long it took, in milliseconds. */
type Timed = (served: Served, env: Record<string, string>) => Promise<number>;

/** The module alone: what the function itself adds to the start of a process. */
const moduleLoad: Timed = async ({ entrypoint }, env) => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [...scriptArguments, `${root}/tests/bench/load_module.ts`, entrypoint],
    env,
    cwd: root,
    stderr: "null",
  }).output();
  return Number(new TextDecoder().decode(stdout));
};

/** From nothing to the answer to a first caller, who shows no credentials. */
const firstAnswer: Timed = async (served, env) => {
  const started = performance.now();
  const { child, reader, origin } = await spawnHost([served], env);
  const answer = await fetch(`${origin}/${served.slug}`);
  await answer.body?.cancel();
  const took = performance.now() - started;
  child.kill("SIGKILL");
  await Promise.all([child.status, reader.cancel()]);
  return took;
};

/** The figure of the function that takes longest by the median of three rounds. */
async function slowestOf(stage: Stage, timed: Timed): Promise<Figure> {
  const env = environmentOf(await stage.platform());
  const times: [slug: string, rounds: number[]][] = [];
  for (const served of await everyFunction()) {
    const rounds: number[] = [];
    for (let round = 0; round < 3; round++) rounds.push(await timed(served, env));
    times.push([served.slug, rounds]);
  }
  const [[slowest, rounds]] = times.toSorted(([, a], [, b]) => median(b) - median(a)) as [
    [string, number[]],
  ];
  return {
    ...figureOf(rounds, "ms"),
    detail: { slowest, "median of all": median(times.map(([, each]) => median(each))) },
  };
}

/** What a function's first caller waits for. */
export const coldStart: Measurement[] = [
  {
    name: "module load of the slowest function",
    limit: { must: 300, atMost: true },
    run: (stage) => slowestOf(stage, moduleLoad),
  },
  {
    name: "cold start of the slowest function, process to first answer",
    run: (stage) => slowestOf(stage, firstAnswer),
  },
];
