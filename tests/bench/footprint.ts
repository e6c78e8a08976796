import { figureOf, type Measurement } from "./measurement.ts";
import { root, type Stage } from "./stage.ts";

/** A platform that was started as a developer does, twice: the second time everything is there. */
async function startedWarm(stage: Stage): Promise<{ seconds: number; pid: number }> {
  const data = await Deno.makeTempDir({ prefix: "tessera-bench-" });
  await Deno.chmod(data, 0o755);
  stage.defer(() => Deno.remove(data, { recursive: true }));
  const cold = await start(data);
  await cold.stop();
  const warm = await start(data);
  stage.defer(warm.stop);
  return warm;
}

async function start(data: string) {
  const from = performance.now();
  const child = new Deno.Command("npm", {
    args: ["start", "--silent", "--", "--json", "--port", "0", "--data", data],
    cwd: root,
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  while (!said.includes("}\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`npm start ended: ${said}`);
    said += value;
  }
  const seconds = (performance.now() - from) / 1000;
  const stop = async () => {
    for (const pid of descendants(child.pid)) {
      // The process whose end ends all others: the platform's own.
      if (commandOf(pid).includes("packages/platform/start.ts")) Deno.kill(pid, "SIGTERM");
    }
    await child.status;
  };
  return { seconds, pid: child.pid, stop };
}

/** The processes that a process started, and those that they did (Linux). */
function descendants(of: number): number[] {
  const parents = new Map<number, number[]>();
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const parent = Number(read(`/proc/${name}/stat`).split(") ").at(-1)?.split(" ")[1]);
    parents.set(parent, [...parents.get(parent) ?? [], Number(name)]);
  }
  const all = [of];
  for (let at = 0; at < all.length; at++) all.push(...parents.get(all[at]!) ?? []);
  return all;
}

const commandOf = (pid: number) => read(`/proc/${pid}/cmdline`).replaceAll("\0", " ");

/** Empty when the process has ended. */
function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

/** Memory in MB, in which what several processes share counts once. */
function proportionalMegabytes(pid: number): number {
  return Number(read(`/proc/${pid}/smaps_rollup`).match(/^Pss:\s+(\d+) kB/m)?.[1] ?? 0) / 1024;
}

/** What the project takes of a machine. */
export const footprint: Measurement[] = [
  {
    name: "npm start to ready, warm",
    limit: { must: 8, atMost: true },
    async run(stage) {
      return figureOf([(await stage.shared(startedWarm)).seconds], "s");
    },
  },
  {
    name: "memory of the whole platform, idle",
    limit: { must: 700, atMost: true },
    async run(stage) {
      const { pid } = await stage.shared(startedWarm);
      const sizes: number[] = [];
      for (let round = 0; round < 3; round++) {
        await new Promise((resolve) => setTimeout(resolve, 1000));
        sizes.push(descendants(pid).reduce((total, one) => total + proportionalMegabytes(one), 0));
      }
      return figureOf(sizes, "MB");
    },
  },
];
