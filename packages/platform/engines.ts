import { type Child, spawnChild } from "./child.ts";
import { token } from "./keys.ts";
import { messageOf, StartFailure } from "./failure.ts";

/** The local imaging engine, and what functions need to speak to it. */
export interface ImagingEngine {
  url: string;
  webhookSecret: string;
  token: string;
  stop(): Promise<void>;
}

/**
 * How packages/imaging/server.ts is run, on a port or on any free one. Two arenas for all threads: glibc opens up to eight for each core and
 * hands little back, which took 1,268 MB in place of 1,093 and was no faster.
 */
export function imagingProcess(
  root: string,
  secrets: { webhook: string; token: string },
  port = "0",
): { command: string; args: string[]; env: Record<string, string> } {
  return {
    command: Deno.execPath(),
    args: [
      ...["run", "--quiet", "--no-check", "--no-prompt", "--cached-only", "--allow-all"],
      ...["--config", `${root}/deno.json`, `${root}/packages/imaging/server.ts`, "--port", port],
    ],
    env: {
      IMAGING_WEBHOOK_SECRET: secrets.webhook,
      IMAGING_TOKEN: secrets.token,
      MALLOC_ARENA_MAX: "2",
    },
  };
}

/**
 * Starts packages/imaging/server.ts as a process of its own, which comes back on the same port when it
 * crashes; null when the project has none.
 * @throws StartFailure when it ends before it is ready the first time.
 */
export async function startImaging(
  root: string,
  log: (line: string) => void,
): Promise<ImagingEngine | null> {
  if (!await Deno.stat(`${root}/packages/imaging/server.ts`).then(() => true, () => false)) {
    return null;
  }
  const secrets = { webhook: webhookSecret(), token: token(24) };
  const report = (line: string) => log(`imaging: ${line}`);
  let stopped = false;

  async function start(port: string): Promise<[child: Child, url: string]> {
    const child = spawnChild({
      ...imagingProcess(root, secrets, port),
      cwd: root,
      onError: report,
    });
    const url = await firstUrl(child);
    if (url === null) {
      const code = await child.exited;
      throw new StartFailure(`The imaging engine ended with ${code} before it was ready.`);
    }
    (async () => {
      for await (const line of child.lines) report(line);
    })();
    return [child, url];
  }

  const [first, url] = await start("0");
  let current = first;
  (async () => {
    for (let crashes = 0;; crashes++) {
      const code = await current.exited;
      if (stopped) return;
      report(`ended with ${code}; starting it again`);
      await new Promise((resolve) => setTimeout(resolve, Math.min(500 * 2 ** crashes, 10_000)));
      if (stopped) return;
      [current] = await start(new URL(url).port);
    }
  })().catch((reason) => report(messageOf(reason)));

  return {
    url,
    webhookSecret: secrets.webhook,
    token: secrets.token,
    stop() {
      stopped = true;
      return current.stop();
    },
  };
}

/** The url in the first line of JSON that the process prints; null when it ends without one. */
async function firstUrl(child: Child): Promise<string | null> {
  for (;;) {
    const { done, value } = await child.lines.next();
    if (done) return null;
    if (value.startsWith("{")) return JSON.parse(value).url;
  }
}

/** A secret in the form of Standard Webhooks: whsec_ and base64. */
function webhookSecret(): string {
  return `whsec_${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(24))))}`;
}
