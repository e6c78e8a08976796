import { accounts, anyAccount, createHolders, ledgerDebit } from "./floor.ts";
import { compare } from "./measure.ts";
import type { Measurement } from "./measurement.ts";

/** The same work on pgledger (github.com/pgr0ss/pgledger), by whoever has its SQL at hand. */
export const pgledger: Measurement = {
  name: "pgledger: debit against its transfer",
  async run(stage) {
    const folder = stage.given["sql"];
    if (!folder) throw new Error("Say where pgledger's SQL files are: --sql FOLDER.");
    const theirs = await stage.room("pgledger");
    const files = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
      name.endsWith(".sql")
    );
    for (const file of files.toSorted()) {
      await theirs.sql.unsafe(await Deno.readTextFile(`${folder}/${file}`));
    }
    const made = await theirs.sql<{ id: string }[]>`
      select made.id from generate_series(1, ${accounts}) n, lateral pgledger_create_account('account ' || n, 'CREDITS') made`;
    const ours = await stage.room("against_pgledger");
    const holders = await createHolders(ours.sql);
    return await compare({
      // Every entry of theirs has another side: pairs are drawn, so that no account is hotter than ours are.
      baseline: () => {
        const from = anyAccount();
        const to = (from + 1 + Math.floor(Math.random() * (accounts - 1))) % accounts;
        return theirs.sql`select pgledger_create_transfer(${made[from]!.id}, ${made[to]!.id}, 1)`;
      },
      subject: ledgerDebit(ours.sql, holders, anyAccount),
      unit: "times pgledger",
    });
  },
};
