import { spawnChild } from "../child.ts";
import { StartFailure } from "../failure.ts";
import { freePort } from "../ports.ts";
import { type Account, canReach, postgresAccount } from "./account.ts";
import { postgresHome } from "./binaries.ts";

/** A running Postgres server of the platform. */
export interface PostgresServer {
  port: number;
  /** Folder of its Unix socket, through which every role may log in without a password. */
  socketFolder: string;
  /** True when this start made the data folder. */
  fresh: boolean;
  /** Resolves with the last lines it logged when the server ends. */
  ended: Promise<string>;
  stop(): Promise<void>;
}

/** Where the data lives and how careful the server is with it. */
export interface PostgresOptions {
  root: string;
  /** The data folder; made when it does not exist. */
  data: string;
  /** First TCP port to try. */
  port: number;
  /** Survive a power cut. Off for throw-away data. */
  durable: boolean;
  /** Another Postgres than the embedded one. */
  release?: Release;
}

/** A Postgres that was installed by somebody else. */
export interface Release {
  /** The folder that holds its bin. */
  home: string;
  major: number;
  /** Server settings besides the platform's own. */
  settings?: Record<string, string>;
}

const embeddedMajor = 17;

/** The password of every role that may log in by TCP, as on a local Supabase. */
export const localPassword = "postgres";

/**
 * Starts Postgres on the loopback interface, creating the data folder when there is none.
 * @throws StartFailure when binaries are missing, the folder is in use or of another version.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const account = postgresAccount();
  const home = options.release?.home ?? await postgresHome(options.root, account);
  const major = options.release?.major ?? embeddedMajor;
  const fresh = await createCluster(home, major, options.data, account);
  if (!fresh) refuseForeignData(options.data, major);
  const socketFolder = await privateFolder(account);
  const port = freePort(options.port);
  const log: string[] = [];
  const server = spawnChild({
    command: `${home}/bin/postgres`,
    args: ["-D", options.data, ...settings(port, socketFolder, options)],
    env: { LC_ALL: "C", PGTZ: "UTC" },
    cwd: "/",
    account,
    ending: "SIGINT",
    ...(options.durable ? {} : { removes: options.data }),
    onError: (line) => {
      log.push(line);
      if (log.length > 40) log.shift();
    },
  });
  const ended = server.exited.then(async () => {
    await Deno.remove(socketFolder, { recursive: true }).catch(() => {});
    return log.join("\n");
  });
  await untilReady(port, ended, options.data);
  return { port, socketFolder, fresh, ended, stop: () => server.stop(10_000) };
}

const builtinLocale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"];

/** Creates the cluster when the folder is empty; true when it did. */
async function createCluster(
  home: string,
  major: number,
  data: string,
  account: Account | null,
): Promise<boolean> {
  if (await isFile(`${data}/PG_VERSION`)) return false;
  await Deno.mkdir(data, { recursive: true });
  if (account) {
    await Deno.chown(data, account.uid, account.gid);
    if (!canReach(account, data)) {
      throw new StartFailure(
        `The account of Postgres cannot reach ${data}: choose a folder outside of private ones.`,
      );
    }
  }
  const passwordFile = await Deno.makeTempFile();
  await Deno.writeTextFile(passwordFile, localPassword);
  if (account) await Deno.chown(passwordFile, account.uid, account.gid);
  const { success, stderr } = await new Deno.Command(`${home}/bin/initdb`, {
    args: [
      ["-D", data, "-U", "supabase_admin", "--pwfile", passwordFile],
      ["--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=UTF8", "--no-sync"],
      ["--locale=C", ...(major < 17 ? [] : builtinLocale)],
    ].flat(),
    env: { LC_ALL: "C" },
    cwd: "/",
    stdout: "null",
    stderr: "piped",
    ...(account ? { uid: account.uid, gid: account.gid } : {}),
  }).output();
  await Deno.remove(passwordFile);
  if (!success) {
    const reason = new TextDecoder().decode(stderr).trim().split("\n").at(-1);
    throw new StartFailure(`Postgres could not create ${data}: ${reason}.`);
  }
  return true;
}

function refuseForeignData(data: string, major: number): void {
  const version = Deno.readTextFileSync(`${data}/PG_VERSION`).trim();
  if (version !== String(major)) {
    throw new StartFailure(`${data} belongs to Postgres ${version}, not ${major}; move it away.`);
  }
}

/** Nothing needs to survive, and the folder may be in memory. */
const throwAway = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  wal_level: "minimal",
  max_wal_senders: 0,
  max_wal_size: "256MB",
  dynamic_shared_memory_type: "mmap",
};

function settings(
  port: number,
  socketFolder: string,
  { durable, release }: PostgresOptions,
): string[] {
  const values: Record<string, string | number> = {
    port,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: socketFolder,
    max_connections: 200,
    shared_buffers: "128MB",
    timezone: "UTC",
    log_timezone: "UTC",
    log_min_messages: "warning",
    ...(durable ? {} : throwAway),
    ...release?.settings,
  };
  return Object.entries(values).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

/** A folder for the socket that only this process and Postgres may enter. */
async function privateFolder(account: Account | null): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "tessera-" });
  if (account) await Deno.chown(folder, account.uid, account.gid);
  return folder;
}

async function untilReady(port: number, ended: Promise<string>, data: string): Promise<void> {
  let failure: string | undefined;
  ended.then((log) => failure = log);
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    if (failure !== undefined) throw new StartFailure(explain(failure, data));
    if (await answers(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new StartFailure(`Postgres did not answer within 30 s (data folder ${data}).`);
}

/** Whether the server takes connections: it answers a start-up packet with a request to log in. */
async function answers(port: number): Promise<boolean> {
  try {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const parameters = new TextEncoder().encode("user\0supabase_admin\0\0");
    const packet = new Uint8Array(8 + parameters.length);
    new DataView(packet.buffer).setUint32(0, packet.length);
    new DataView(packet.buffer).setUint32(4, 196608);
    packet.set(parameters, 8);
    await connection.write(packet);
    const answer = new Uint8Array(1);
    return await connection.read(answer) === 1 && answer[0] === "R".charCodeAt(0);
  } catch {
    return false;
  }
}

function explain(log: string, data: string): string {
  if (log.includes("postmaster.pid")) {
    return `Another server uses the data folder ${data}: is \`npm start\` already running?`;
  }
  const last = log.trim().split("\n").filter((line) => /FATAL|ERROR|PANIC/.test(line)).at(-1);
  return `Postgres did not start: ${last ?? (log.trim().split("\n").at(-1) || "no reason given")}.`;
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isFile, () => false);
}
