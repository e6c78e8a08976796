import assert from "node:assert/strict";
import { tamperedLedger } from "./tampering.ts";

/** Values that nothing can be added to, or taken from, by type. */
const extremes: Record<string, string[]> = {
  bigint: ["9223372036854775807", "-9223372036854775808"],
  "timestamp with time zone": ["'infinity'", "'-infinity'"],
};

for (const table of ["accounts", "entries", "grants", "holds"]) {
  Deno.test(`M-21: no number or time in ${table} is so extreme that verify stops at it`, async () => {
    await using world = await tamperedLedger();
    const rows = await world.rows(table);
    const failed: string[] = [];
    for (const { name, type } of await world.columns(table)) {
      for (const value of extremes[type] ?? []) {
        for (let row = 0; row < rows.length; row++) {
          const chosen = `select ctid from ledger.${table} order by ctid offset ${row} limit 1`;
          await world.afterwards(
            `update ledger.${table} set ${name} = ${value} where ctid = (${chosen})`,
          ).catch((reason) => failed.push(`${name} = ${value}: ${reason.message}`));
        }
      }
    }
    assert.deepEqual([...new Set(failed)], []);
  });
}
