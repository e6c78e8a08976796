import assert from "node:assert/strict";
import { createClient } from "@supabase/supabase-js";
import postgres from "postgres";
import { eventually } from "../harness/eventually.ts";
import { npmStart, withFolder } from "./npm_start.ts";

const options = { auth: { persistSession: false, autoRefreshToken: false } };
/** Twice as many as the smallest pool of the platform has connections. */
const crashes = 8;
const callers = 6;
const patienceMs = 25_000;

type Connections = Record<string, string>;

/** What reaches every pool of the platform: Auth, the Data API, Storage and a function. */
async function useEverything({ api_url, publishable_key }: Connections): Promise<void> {
  const fetchInTime: typeof fetch = (input, init) =>
    fetch(input, { ...init, signal: AbortSignal.timeout(patienceMs) });
  const client = createClient(api_url ?? "", publishable_key ?? "", {
    ...options,
    global: { fetch: fetchInTime },
  });
  const email = `${crypto.randomUUID()}@example.com`;
  const { data, error } = await client.auth.signUp({ email, password: crypto.randomUUID() });
  if (error) throw error;
  const consent = await client.schema("modera").rpc("give_consent");
  if (consent.error) throw consent.error;
  const list = await client.storage.from("modera-inputs").list(data.user?.id);
  if (list.error) throw list.error;
  const balance = await client.functions.invoke("credit-balance?product=modera", { method: "GET" });
  if (balance.error) throw balance.error;
}

/** Kills the backend that this connection has, upon which Postgres throws everybody out and recovers. */
async function crash(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {}, fetch_types: false });
  try {
    const [backend] = await sql`select pg_backend_pid() as pid`;
    new Deno.Command("kill", { args: ["-9", String(backend?.["pid"])] }).outputSync();
  } finally {
    await sql.end({ timeout: 0 });
  }
}

Deno.test("npm start goes on when Postgres crashes beneath people's calls, however often", async () => {
  await withFolder(async (data) => {
    const started = npmStart("--port", "0", "--data", data);
    const connections = await started.ready;
    await useEverything(connections);
    let open = true;
    let hung = 0;
    const calls = Array.from({ length: callers }, async () => {
      while (open) {
        await useEverything(connections).catch((reason) => {
          if (String(reason.message).includes("timed out")) hung++;
        });
      }
    });
    for (let time = 0; time < crashes; time++) {
      await eventually(
        () => crash(connections["db_url"] ?? "").then(() => true, () => false),
        Boolean,
      );
    }
    open = false;
    await Promise.all(calls);
    await eventually(() => useEverything(connections).then(() => true, () => false), Boolean);
    started.process.kill("SIGTERM");
    assert.equal(await started.ended, 0);
    assert.equal(hung, 0, "every call was answered");
    assert.doesNotMatch(await started.errors, /[Uu]ncaught|[Uu]nhandled/);
  });
});
