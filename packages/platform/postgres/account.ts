import { StartFailure } from "../failure.ts";

/** The system account under which Postgres runs, which refuses to be root. */
export interface Account {
  uid: number;
  gid: number;
}

const candidates = ["postgres", "nobody"];

/**
 * The account for Postgres: an unprivileged one when this process is root, otherwise null (its own).
 * @throws StartFailure when root finds no such account.
 */
export function postgresAccount(): Account | null {
  if (Deno.build.os === "windows" || Deno.uid() !== 0) return null;
  const accounts = new Map<string, Account>();
  for (const line of Deno.readTextFileSync("/etc/passwd").split("\n")) {
    const [name, , uid, gid] = line.split(":");
    if (name && uid && gid) accounts.set(name, { uid: Number(uid), gid: Number(gid) });
  }
  for (const name of candidates) {
    const account = accounts.get(name);
    if (account) return account;
  }
  throw new StartFailure(
    `Postgres does not run as root, and none of the accounts ${candidates.join(", ")} exists here.`,
  );
}

/** Whether `account` may enter every folder on the way to `path` and read it. */
export function canReach(account: Account, path: string): boolean {
  const parts = Deno.realPathSync(path).split("/").filter(Boolean);
  for (let depth = 0; depth <= parts.length; depth++) {
    const info = Deno.statSync("/" + parts.slice(0, depth).join("/"));
    const mode = info.mode ?? 0;
    const bits = info.uid === account.uid ? mode >> 6 : info.gid === account.gid ? mode >> 3 : mode;
    const needed = depth === parts.length ? 0o5 : 0o1;
    if ((bits & needed) !== needed) return false;
  }
  return true;
}
