import assert from "node:assert/strict";
import { serviceCaller } from "../database/database.ts";
import { fakeDatabase, keptLog } from "../http/fakes.ts";
import { ProviderError } from "../predictions/provider_error.ts";
import { expireSessions } from "./session_expiry.ts";

const prediction = (id: string, provider = "replicate") => ({
  provider,
  provider_prediction_id: id,
});

/** Sweeps that answer in turn, and a provider that keeps whom it was asked to cancel. */
function scene(...sweeps: { expired: number; cancel: ReturnType<typeof prediction>[] }[]) {
  const canceled: string[] = [];
  const database = fakeDatabase({
    expire_sessions: () => sweeps.shift() ?? { expired: 0, cancel: [] },
  });
  const provider = {
    name: "replicate",
    cancel: (id: string) => {
      if (id === "down") {
        return Promise.reject(new ProviderError("provider_unavailable", "x", { transient: true }));
      }
      canceled.push(id);
      return Promise.resolve();
    },
  };
  const { log, lines } = keptLog();
  return {
    canceled,
    lines,
    run: () => expireSessions(database.as(serviceCaller), () => provider, log),
  };
}

Deno.test("predictions of expired sessions are cancelled at their provider", async () => {
  const { canceled, run } = scene({
    expired: 2,
    cancel: [prediction("a"), prediction("b", "fashn")],
  });
  assert.deepEqual(await run(), { expired: 2, canceled: 1 });
  assert.deepEqual(canceled, ["a"]);
});

Deno.test("a full batch is followed by another", async () => {
  const { run } = scene({ expired: 100, cancel: [] }, { expired: 7, cancel: [] });
  assert.deepEqual(await run(), { expired: 107, canceled: 0 });
});

Deno.test("a provider that is down does not keep sessions from expiring", async () => {
  const { canceled, lines, run } = scene({
    expired: 2,
    cancel: [prediction("down"), prediction("a")],
  });
  assert.deepEqual(await run(), { expired: 2, canceled: 1 });
  assert.deepEqual(canceled, ["a"]);
  assert.equal(lines.length, 1);
});

Deno.test("without a provider sessions expire all the same", async () => {
  const database = fakeDatabase({
    expire_sessions: () => ({ expired: 1, cancel: [prediction("a")] }),
  });
  const none = () => {
    throw new ProviderError("provider_unavailable", "unset", { transient: false });
  };
  const report = await expireSessions(database.as(serviceCaller), none, keptLog().log);
  assert.deepEqual(report, { expired: 1, canceled: 0 });
});
