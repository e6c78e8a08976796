import assert from "node:assert/strict";
import { startPlatform } from "../../packages/platform/mod.ts";
import { Post } from "../database/mail/post.ts";
import { environmentOf } from "../harness/environment.ts";
import { columnsOf, csv, Shop } from "../http/shop.ts";
import { type Figure, figureOf, type Limit, type Measurement } from "./measurement.ts";
import { root, type Stage } from "./stage.ts";

/** How many rows, and how many people. */
const size = 10_000;

/** A platform that works its jobs, where the tests' shops and posts find it. */
async function livelyPlatform(stage: Stage): Promise<void> {
  const platform = await startPlatform({ root, port: 0, template: true, withoutImaging: true });
  stage.defer(() => platform.stop());
  for (const [name, value] of Object.entries(environmentOf(platform, "", "direct"))) {
    Deno.env.set(name, value);
  }
}

/** Seconds that `prepare` gives the work for, three times. */
function timed(
  name: string,
  limit: Limit,
  prepare: (stage: Stage) => Promise<() => Promise<void>>,
): Measurement {
  return {
    name,
    limit,
    async run(stage): Promise<Figure> {
      await stage.shared(livelyPlatform);
      const rounds: number[] = [];
      for (let round = 0; round < 3; round++) {
        const work = await prepare(stage);
        const started = performance.now();
        await work();
        rounds.push((performance.now() - started) / 1000);
      }
      return figureOf(rounds, "s");
    },
  };
}

/** Much at once: a partner's feed from its request to its end, and a campaign until its messages are queued. */
export const bulk: Measurement[] = [
  timed("a feed of 10,000 rows, imported", { must: 10, atMost: true }, async () => {
    const shop = await Shop.open();
    const feed = csv(Array.from({ length: size }, (_, n) => columnsOf(`p${n}`)));
    return async () => assert.equal((await shop.import(feed)).rows_imported, size);
  }),
  timed("a campaign to 10,000 people, queued", { must: 5, atMost: true }, async (stage) => {
    const post = await Post.open();
    stage.defer(() => post[Symbol.asyncDispose]());
    await post.template("news");
    await post.crowd(size);
    const campaign = await post.draft();
    return async () => {
      await post.begin(campaign);
      assert.deepEqual(await post.states(campaign), { queued: size });
    };
  }),
];
