/** `npm run demo [-- scenario]`: boots a platform, plays the scenario on it, and leaves nothing behind. */
import { progressOnStderr, startPlatform } from "../packages/platform/mod.ts";
import { dtf } from "./dtf/scenario.ts";
import { mainJob } from "./main_job.ts";
import { modera } from "./modera/scenario.ts";
import { type Stage, stageOn } from "./stage.ts";

const scenarios: Record<string, (stage: Stage) => Promise<void>> = {
  "main-job": mainJob,
  modera,
  dtf,
};

const [name = "main-job"] = Deno.args;
const play = scenarios[name];
if (!play) {
  const known = Object.keys(scenarios).join(", ");
  await Deno.stderr.write(new TextEncoder().encode(`There is no demo ${name}: ${known}.\n`));
  Deno.exit(1);
}

const started = performance.now();
const root = new URL("..", import.meta.url).pathname.replace(/\/$/, "");
const platform = await startPlatform({ root, port: 0, progress: progressOnStderr("demo") });
try {
  const stage = stageOn(platform, root);
  await Deno.mkdir(stage.out, { recursive: true });
  await play(stage);
  stage.print(`Done in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
} finally {
  await platform.stop();
}
