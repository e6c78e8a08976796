/**
 * The local imaging engine: `deno run -A packages/imaging/server.ts [--port N] [--host ADDRESS]`.
 *
 * Environment: IMAGING_TOKEN (what clients send as bearer token) and IMAGING_WEBHOOK_SECRET (`whsec_…`). Prints one line of JSON, `{"url"}`,
 * when it is ready. SIGTERM and SIGINT end it.
 */
import { parseArgs } from "node:util";
import { protocolApp } from "./protocol/app.ts";
import { Engine } from "./protocol/engine.ts";
import { defaultRetries } from "./protocol/webhook.ts";
import { engineModels } from "./engine_models.ts";
import { printModels } from "./print/models.ts";
import type { Make } from "./protocol/engine.ts";
import { ImagingThread } from "./worker_pool.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    port: { type: "string", default: "0" },
    host: { type: "string", default: "127.0.0.1" },
  },
});
const token = required("IMAGING_TOKEN");
const secret = required("IMAGING_WEBHOOK_SECRET");

const stopping = new AbortController();
const log = (line: string) => Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
const thread = new ImagingThread();
/** What is quick is done here, while the thread may be at work. */
const make: Make = (order, signal) =>
  order.model === "tessera/rendition"
    ? printModels[order.model](order.pictures, order, order.options)
    : thread.make(order, signal);
let handler: (request: Request) => Response | Promise<Response> = () =>
  new Response(null, { status: 503 });
const server = Deno.serve(
  { hostname: values.host, port: Number(values.port), signal: stopping.signal, onListen: () => {} },
  (request) => handler(request),
);
const url = `http://${values.host}:${server.addr.port}`;
const engine = new Engine({
  url,
  models: engineModels,
  make,
  webhooks: { secret, retryAfterMs: defaultRetries, signal: stopping.signal, log },
});
handler = protocolApp(engine, token).fetch;

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.addSignalListener(signal, () => {
    thread.stop();
    stopping.abort();
    Deno.exit(0);
  });
}
Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify({ url })}\n`));

function required(name: string): string {
  const value = Deno.env.get(name);
  if (value) return value;
  log(`${name} is not set.`);
  Deno.exit(1);
}
