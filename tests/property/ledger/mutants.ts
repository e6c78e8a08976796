import type { Sql } from "postgres";

const migrations = new URL("../../../supabase/migrations/", import.meta.url);

/** A rule of the ledger, broken in one place of one function. */
export interface Mutant {
  rule: string;
  /** A function of the schema ledger. */
  in: string;
  from: string;
  to: string;
}

/** One for each kind of rule. What `from` says has to be in the source, once. */
export const mutants: Mutant[] = [
  {
    rule: "the burn order goes by expiry before all but priority",
    in: "allot",
    from: "order by g.priority, g.expires_at nulls last,",
    to: "order by g.priority,",
  },
  {
    rule: "all refunds of an entry together never exceed it",
    in: "refund",
    from: "if given_back + amount > -spent.amount then",
    to: "if amount > -spent.amount then",
  },
  {
    rule: "a second refund goes on where the first ended",
    in: "refund",
    from: "ledger.restore(spent.receipt, given_back, amount)",
    to: "ledger.restore(spent.receipt, 0, amount)",
  },
  {
    rule: "a release gives back exactly the grants that were reserved",
    in: "resolve_reservation",
    from: "set reserved = g.reserved - line.amount,",
    to: "set reserved = g.reserved - part,",
  },
  {
    rule: "what expired is unspendable at once",
    in: "settle",
    from: "and g.expires_at <= private.now() and",
    to: "and g.expires_at <= private.now() - interval '10 minutes' and",
  },
  {
    rule: "a hold that timed out is over, whether or not a sweep ran",
    in: "settle",
    from: "h.expires_at <= private.now() order",
    to: "h.expires_at <= private.now() - interval '10 minutes' order",
  },
  {
    rule: "a refused attempt burns its key for other requests",
    in: "recorded_outcome",
    from: "    perform ledger.require_same(burnt, fingerprint);\n",
    to: "",
  },
  {
    rule: "the rest of a hold that is captured in part is free again",
    in: "capture_in_full",
    from: "entry := ledger.append(account, entry, -held.amount);",
    to: "entry := ledger.append(account, entry, -held.captured);",
  },
  {
    rule: "expiry travels along in a transfer",
    in: "receive",
    from: "private.now(), origin.expires_at, 'transfer'",
    to: "private.now(), origin.expires_at + interval '1 hour', 'transfer'",
  },
  {
    rule: "the balance of a moment holds back what was held then",
    in: "balance_at",
    from: "and h.created_at <= at and",
    to: "and",
  },
];

/**
 * The function with its rule broken, as SQL that replaces it.
 * @throws Error when the source no longer has what the mutant changes, or has it twice.
 */
export async function brokenFunction(mutant: Mutant): Promise<string> {
  const source = await sourceOf(mutant.in);
  if (source.split(mutant.from).length !== 2) {
    throw new Error(`ledger.${mutant.in} does not have "${mutant.from}" once`);
  }
  return source.replace(mutant.from, () => mutant.to);
}

/** Breaks the rule in a database. */
export async function breakRule(sql: Sql, mutant: Mutant): Promise<void> {
  await sql.unsafe(await brokenFunction(mutant));
}

async function sourceOf(name: string): Promise<string> {
  const start = `create function ledger.${name}(`;
  for await (const file of Deno.readDir(migrations)) {
    const text = await Deno.readTextFile(new URL(file.name, migrations));
    const at = text.indexOf(start);
    if (at < 0) continue;
    const body = text.slice(at, text.indexOf("\ncomment on function", at));
    return body.replace("create function", "create or replace function");
  }
  throw new Error(`no migration makes ledger.${name}`);
}
