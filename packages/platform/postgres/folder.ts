import { type Account, canReach, postgresAccount } from "./account.ts";

/** Folders of one platform. */
export interface Folders {
  /** Postgres' data. */
  data: string;
  /** The bytes of Storage's objects. */
  objects: string;
  keys: string;
  /** Removes what was temporary. */
  remove(): Promise<void>;
}

/**
 * The folders under `kept`, or temporary ones without it. Where the account of Postgres cannot reach
 * them (root's checkout in a private folder), the data goes to a folder under /var/tmp named after it.
 */
export async function platformFolders(kept?: string): Promise<Folders> {
  const account = postgresAccount();
  if (kept === undefined) return await temporaryFolders(account);
  await Deno.mkdir(kept, { recursive: true });
  await Deno.mkdir(`${kept}/objects`, { recursive: true, mode: 0o700 });
  let data = `${Deno.realPathSync(kept)}/postgres`;
  if (account && !canReach(account, kept)) {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(data));
    const name = [...new Uint8Array(digest.slice(0, 6))].map((byte) => byte.toString(16)).join("");
    await Deno.mkdir(`/var/tmp/tessera-${name}`, { recursive: true, mode: 0o711 });
    data = `/var/tmp/tessera-${name}/postgres`;
  }
  return {
    data,
    objects: `${kept}/objects`,
    keys: `${kept}/keys.json`,
    remove: () => Promise.resolve(),
  };
}

async function temporaryFolders(account: Account | null): Promise<Folders> {
  const dir = memoryFolder() ??
    (account && !canReach(account, await systemFolder()) ? "/var/tmp" : undefined);
  const folder = await Deno.makeTempDir({ prefix: "tessera-", ...(dir ? { dir } : {}) });
  await sweep(folder.slice(0, folder.lastIndexOf("/")));
  await Deno.writeTextFile(`${folder}/owner`, String(Deno.pid));
  if (account) await Deno.chmod(folder, 0o711);
  await Deno.mkdir(`${folder}/objects`, { mode: 0o700 });
  return {
    data: `${folder}/postgres`,
    objects: `${folder}/objects`,
    keys: `${folder}/keys.json`,
    remove: () => Deno.remove(folder, { recursive: true }).catch(() => {}),
  };
}

/** Where the system keeps temporary files. */
async function systemFolder(): Promise<string> {
  const probe = await Deno.makeTempDir();
  await Deno.remove(probe);
  return probe.slice(0, probe.lastIndexOf("/")) || "/";
}

/**
 * A folder in memory, where there is plenty: cloning a database writes some 600 files, which takes
 * 20 ms there and can take 400 ms on a disk.
 */
function memoryFolder(): string | undefined {
  const { stdout } = new Deno.Command("df", { args: ["-k", "/dev/shm"], stderr: "null" })
    .outputSync();
  const free = Number(new TextDecoder().decode(stdout).trim().split("\n").at(-1)?.split(/\s+/)[3]);
  return free > 2_000_000 && Deno.systemMemoryInfo().available > 6e9 ? "/dev/shm" : undefined;
}

/** Removes the folders of platforms that were killed and could not do it. */
async function sweep(dir: string): Promise<void> {
  for (const { name, isDirectory } of Deno.readDirSync(dir)) {
    if (!isDirectory || !name.startsWith("tessera-")) continue;
    const owner = Number(await Deno.readTextFile(`${dir}/${name}/owner`).catch(() => "0"));
    if (owner > 0 && !isAlive(owner)) {
      await Deno.remove(`${dir}/${name}`, { recursive: true }).catch(() => {});
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGCONT");
    return true;
  } catch (reason) {
    return reason instanceof Deno.errors.PermissionDenied;
  }
}
