/**
 * The process in which functions run. Arguments: a JSON list of {slug, entrypoint}.
 * Prints {"port", "failures"} on one line when ready; ends on SIGTERM once what it does is done.
 */
import { type Handler, loadFunction } from "./loader.ts";

const pending = new Set<Promise<unknown>>();
const encoder = new TextEncoder();

function log(text: string): void {
  Deno.stderr.writeSync(encoder.encode(`${text}\n`));
}

Object.assign(globalThis, {
  EdgeRuntime: {
    waitUntil(work: Promise<unknown>) {
      const settled = Promise.resolve(work)
        .catch((reason) => log(`background work failed: ${describe(reason)}`))
        .finally(() => pending.delete(settled));
      pending.add(settled);
      return work;
    },
  },
});

globalThis.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  log(`unhandled rejection: ${describe(event.reason)}`);
});
globalThis.addEventListener("error", (event) => {
  event.preventDefault();
  log(`uncaught error: ${describe(event.error)}`);
});

const handlers = new Map<string, Handler>();
const failures: Record<string, string> = {};
const listen = Deno.serve;
for (const { slug, entrypoint } of JSON.parse(Deno.args[0] ?? "[]")) {
  const loaded = await loadFunction(slug, entrypoint);
  if ("handler" in loaded) handlers.set(slug, loaded.handler);
  else failures[slug] = loaded.failure;
}

const server = listen({ hostname: "127.0.0.1", port: 0, onListen: ready }, answer);

async function answer(request: Request): Promise<Response> {
  const slug = new URL(request.url).pathname.split("/")[1] ?? "";
  const handler = handlers.get(slug);
  if (!handler) return absent(slug);
  try {
    return await handler(request);
  } catch (reason) {
    log(`${slug}: ${describe(reason)}`);
    return problem(500, "WORKER_ERROR", "Function exited due to an error (please check logs)");
  }
}

function absent(slug: string): Response {
  return slug in failures
    ? problem(503, "BOOT_ERROR", "Function failed to start (please check logs)")
    : problem(404, "NOT_FOUND", "Requested function was not found");
}

function problem(status: number, code: string, message: string): Response {
  return Response.json({ code, message }, {
    status,
    headers: { "access-control-allow-origin": "*" },
  });
}

function describe(reason: unknown): string {
  return reason instanceof Error ? reason.stack ?? reason.message : String(reason);
}

function ready({ port }: { port: number }): void {
  Deno.stdout.writeSync(encoder.encode(JSON.stringify({ port, failures }) + "\n"));
}

Deno.addSignalListener("SIGTERM", async () => {
  setTimeout(() => Deno.exit(0), 4000);
  await server.shutdown();
  await Promise.allSettled(pending);
  Deno.exit(0);
});
