import { type Child, spawnChild } from "./child.ts";
import { token } from "./keys.ts";
import { StartFailure } from "./failure.ts";

/** The local imaging engine, and what functions need to speak to it. */
export interface ImagingEngine {
  url: string;
  webhookSecret: string;
  token: string;
  stop(): Promise<void>;
}

/**
 * Starts packages/imaging/server.ts as a process of its own; null when the project has none.
 * @throws StartFailure when it ends before it is ready.
 */
export async function startImaging(
  root: string,
  log: (line: string) => void,
): Promise<ImagingEngine | null> {
  const script = `${root}/packages/imaging/server.ts`;
  if (!await Deno.stat(script).then(() => true, () => false)) return null;
  const secrets = { webhook: webhookSecret(), token: token(24) };
  const child = spawnChild({
    command: Deno.execPath(),
    args: [
      ...["run", "--quiet", "--no-check", "--no-prompt", "--cached-only", "--allow-all"],
      ...["--config", `${root}/deno.json`, script, "--port", "0"],
    ],
    env: { IMAGING_WEBHOOK_SECRET: secrets.webhook, IMAGING_TOKEN: secrets.token },
    cwd: root,
    onError: (line) => log(`imaging: ${line}`),
  });
  const url = await firstUrl(child);
  if (url === null) {
    throw new StartFailure(
      `The imaging engine ended with ${await child.exited} before it was ready.`,
    );
  }
  (async () => {
    for await (const line of child.lines) log(`imaging: ${line}`);
  })();
  return { url, webhookSecret: secrets.webhook, token: secrets.token, stop: () => child.stop() };
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
