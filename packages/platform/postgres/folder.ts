import { canReach, postgresAccount } from "./account.ts";

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
  if (kept === undefined) {
    const temporary = await Deno.makeTempDir({ prefix: "tessera-" });
    const reachable = !account || canReach(account, parentOf(temporary));
    const data = reachable
      ? temporary
      : await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tessera-" });
    if (account) await Deno.chmod(data, 0o711);
    await Deno.mkdir(`${temporary}/objects`);
    return {
      data: `${data}/postgres`,
      objects: `${temporary}/objects`,
      keys: `${temporary}/keys.json`,
      async remove() {
        for (const folder of new Set([temporary, data])) {
          await Deno.remove(folder, { recursive: true }).catch(() => {});
        }
      },
    };
  }
  await Deno.mkdir(`${kept}/objects`, { recursive: true });
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

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}
