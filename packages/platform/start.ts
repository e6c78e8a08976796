/** `npm start`: the platform in the foreground until Ctrl-C. See `usage`. */
import { messageOf, StartFailure } from "./failure.ts";
import { interrupted } from "./interrupt.ts";
import type { Connections, Platform } from "./options.ts";
import { startPlatform } from "./platform.ts";
import { progressOnStderr } from "./progress.ts";

const usage = `npm start -- [--json] [--port N] [--data FOLDER] [--no-imaging]
  --json         print one line of JSON on standard output when ready
  --port N       this port and no other for the gateway (default: 54321 or the next free one)
  --data FOLDER  where data is kept across restarts (default: .tessera)
  --no-imaging   leave out the imaging engine
`;

interface Arguments {
  json: boolean;
  port?: number;
  data: string;
  imaging: boolean;
}

const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
const encoder = new TextEncoder();
const print = (text: string) => Deno.stdout.writeSync(encoder.encode(text));
const progress = progressOnStderr();

Deno.exit(await main());

async function main(): Promise<number> {
  const given = readArguments(Deno.args);
  if (given === null) {
    Deno.stderr.writeSync(encoder.encode(usage));
    return 1;
  }
  const interruption = interrupted();
  const giveUp = new AbortController();
  interruption.then((why) => giveUp.abort(why));
  const starting = startPlatform({
    root,
    folder: given.data.startsWith("/") ? given.data : `${root}/${given.data}`,
    ...(given.port === undefined ? {} : { port: given.port, exactPort: given.port !== 0 }),
    watch: true,
    withoutImaging: !given.imaging,
    signal: giveUp.signal,
    progress,
    log: progress.note,
  });
  let platform: Platform;
  try {
    platform = await starting;
  } catch (reason) {
    const expected = reason instanceof StartFailure ||
      reason instanceof Deno.errors.PermissionDenied;
    if (!expected) throw reason;
    Deno.stderr.writeSync(encoder.encode(`${messageOf(reason)}\n`));
    return 1;
  }
  const connections = connectionsOf(platform);
  if (given.json) print(JSON.stringify(connections) + "\n");
  else print(summaryOf(connections));
  const end = await Promise.race([
    interruption.then((why) => ({ why, code: 0 })),
    platform.broken.then((why) => ({ why, code: 1 })),
  ]);
  progress.note(`Stopping (${end.why})`);
  await platform.stop();
  return end.code;
}

function readArguments(args: string[]): Arguments | null {
  const given: Arguments = { json: false, data: ".tessera", imaging: true };
  for (let i = 0; i < args.length; i++) {
    const value = args[i + 1];
    if (args[i] === "--json") given.json = true;
    else if (args[i] === "--no-imaging") given.imaging = false;
    else if (args[i] === "--data" && value) given.data = args[++i] ?? given.data;
    else if (args[i] === "--port" && /^\d{1,5}$/.test(value ?? "")) given.port = Number(args[++i]);
    else return null;
  }
  return given;
}

function connectionsOf(platform: Platform): Connections {
  const {
    mail_webhook_secret: _webhook,
    mail_link_secret: _link,
    advanceClock: _advance,
    restartFunctions: _restart,
    broken: _broken,
    stop: _stop,
    ...connections
  } = platform;
  return connections;
}

function summaryOf(connections: Connections): string {
  const rows = Object.entries(connections).map(([name, value]) =>
    `  ${name.replaceAll("_", " ").padEnd(22)} ${value ?? "not running"}`
  );
  return `\nTessera is ready. Ctrl-C ends it.\n\n${rows.join("\n")}\n\n`;
}
