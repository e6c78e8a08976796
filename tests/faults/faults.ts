import type postgres from "postgres";
import type { Platform } from "../../packages/platform/mod.ts";
import { eventually } from "../harness/eventually.ts";
import type { FullDisk } from "./full_disk.ts";
import type { Mood, UnreliableRoom } from "./unreliable_room.ts";

/** Where faults are injected. */
export interface Scene {
  platform: Platform;
  room: UnreliableRoom;
  disk: FullDisk;
  /** As superuser. */
  sql: postgres.Sql;
}

/** A fault: what begins it, and what ends it. */
export interface Fault {
  name: string;
  begin(scene: Scene): Promise<unknown> | void;
  end?(scene: Scene): Promise<unknown> | void;
  /** How long it lasts, in milliseconds. */
  lastsMs: number;
}

/** Tells the emulated Stripe how to behave. */
export async function stripe(
  { platform }: Scene,
  path: string,
  body: unknown,
): Promise<Record<string, unknown>> {
  const answer = await fetch(`${platform.stripe_url}/_emulator/${path}`, {
    method: "POST",
    body: JSON.stringify(body),
  });
  return await answer.json();
}

/** Moves the clock, ours and that of Stripe's pages. */
export async function advanceClock(scene: Scene, minutes: number): Promise<void> {
  await scene.platform.advanceClock({ minutes });
  await stripe(scene, "clock", { advance_seconds: 60 * minutes });
}

/** Kills the process that runs functions. */
function killHost(): void {
  new Deno.Command("pkill", {
    args: ["-9", "-P", String(Deno.pid), "-f", "functions/host.ts"],
  }).outputSync();
}

/** Waits until Postgres answers again. */
async function answers({ sql }: Scene): Promise<void> {
  await eventually(() => sql`select`.then(() => true, () => false), Boolean, 60_000);
}

const webhooks = (scene: Scene, controls: object) => stripe(scene, "webhooks", controls);
const inOrder = { paused: false, copies: 1, delayMs: 0, jitterMs: 0, lost: false };

const moods: Mood[] = [
  "refuses connections",
  "answers 500",
  "takes longer than anybody waits",
  "tells twice at once",
  "tells of another's prediction",
];

/** Every fault that this project says it survives. */
export const faults: Fault[] = [
  {
    name: "Postgres crashes and recovers",
    lastsMs: 1500,
    // A backend that dies so makes the server throw all others out and replay its log.
    async begin({ sql }) {
      const [backend] = await sql`
        select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() limit 1`;
      if (backend) new Deno.Command("kill", { args: ["-9", String(backend["pid"])] }).outputSync();
    },
    end: answers,
  },
  {
    name: "every connection is cut",
    lastsMs: 500,
    begin: ({ sql }) =>
      sql`select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'`,
    end: answers,
  },
  {
    name: "the function host is killed with its requests",
    lastsMs: 1000,
    begin: killHost,
  },
  {
    name: "the worker is killed in the middle of a batch",
    lastsMs: 1000,
    async begin({ sql }) {
      const running = () => sql`select from jobs.queue where state = 'running'`;
      await eventually(running, ({ length }) => length > 0, 30_000);
      killHost();
    },
  },
  ...moods.map((mood): Fault => ({
    name: `the provider ${mood}`,
    lastsMs: 2500,
    begin: ({ room }) => void (room.mood = mood),
    end: ({ room }) => void (room.mood = "well"),
  })),
  {
    name: "the provider tells after the end",
    lastsMs: 2500,
    begin: ({ room }) => void (room.mood = "tells after the end"),
    // Nobody waits for it any longer: what was held is given back before it tells.
    async end(scene) {
      scene.room.mood = "well";
      await advanceClock(scene, 60);
      const held = () =>
        scene.sql`
        select from jobs.predictions p join ledger.holds h on h.id = p.hold_id
        where h.state = 'open' and p.provider_prediction_id = any (${scene.room.kept})`;
      await eventually(held, ({ length }) => length === 0, 60_000);
      scene.room.tellKept();
    },
  },
  {
    name: "Stripe is down",
    lastsMs: 2000,
    begin: (scene) => stripe(scene, "down", { down: true }),
    end: (scene) => stripe(scene, "down", { down: false }),
  },
  {
    name: "Stripe takes longer than anybody waits",
    lastsMs: 2500,
    begin: (scene) => stripe(scene, "down", { slow_ms: 12_000 }),
    end: (scene) => stripe(scene, "down", { slow_ms: 0 }),
  },
  {
    name: "Stripe's webhooks come late, shuffled and three times each",
    lastsMs: 3000,
    begin: (scene) => webhooks(scene, { copies: 3, delayMs: 500, jitterMs: 3000 }),
    end: (scene) => webhooks(scene, inOrder),
  },
  {
    name: "Stripe's webhooks wait for an hour",
    lastsMs: 2500,
    begin: (scene) => webhooks(scene, { paused: true }),
    async end(scene) {
      await advanceClock(scene, 60);
      await webhooks(scene, inOrder);
    },
  },
  {
    name: "Stripe's webhooks are lost for good",
    lastsMs: 3000,
    begin: (scene) => webhooks(scene, { lost: true }),
    end: (scene) => webhooks(scene, inOrder),
  },
  {
    name: "the disk of Storage is full",
    lastsMs: 2500,
    begin: ({ disk }) => void (disk.full = true),
    end: ({ disk }) => void (disk.full = false),
  },
  {
    name: "the clock jumps by 40 minutes",
    lastsMs: 500,
    begin: (scene) => advanceClock(scene, 40),
  },
  {
    name: "cron stands still for a day",
    lastsMs: 2000,
    begin: ({ sql }) => sql`update cron.job set active = false`,
    async end(scene) {
      await advanceClock(scene, 24 * 60);
      await scene.sql`update cron.job set active = true`;
    },
  },
];
