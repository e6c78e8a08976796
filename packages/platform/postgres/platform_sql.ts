import { messageOf, StartFailure } from "../failure.ts";
import type { Sql } from "./connect.ts";

const folder = new URL("../sql/", import.meta.url);

/**
 * Runs the platform's own SQL files whose names begin with one of `numbers`, as superuser.
 * @throws StartFailure naming the file that failed.
 */
export async function runPlatformSql(superuser: Sql, ...numbers: string[]): Promise<void> {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  for (const name of names.filter((name) => numbers.includes(name.slice(0, 2)))) {
    try {
      await superuser.unsafe(await Deno.readTextFile(new URL(name, folder)));
    } catch (reason) {
      throw new StartFailure(`The platform's ${name} failed: ${messageOf(reason)}.`);
    }
  }
}
