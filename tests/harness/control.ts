import type { LeakWatch } from "./leaks.ts";
import type { Relay } from "./relay.ts";
import { messageOf } from "../../packages/platform/failure.ts";
import type { Platform } from "../../packages/platform/mod.ts";

/** Lets test files, which run in a process of their own, restart the functions (POST) and be their Telegram (PUT). */
export function serveControl(
  platform: Platform,
  leaks: LeakWatch,
  telegram: Relay,
): { url: string; stop(): Promise<void> } {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      try {
        if (request.method === "PUT") {
          telegram.target = await request.json();
          return new Response(null, { status: 204 });
        }
        const changes: Record<string, string> = await request.json();
        leaks.watchEnvironment(changes);
        await platform.restartFunctions(changes);
        return new Response(null, { status: 204 });
      } catch (reason) {
        return new Response(messageOf(reason), { status: 500 });
      }
    },
  );
  return { url: `http://127.0.0.1:${server.addr.port}/`, stop: () => server.shutdown() };
}
