import assert from "node:assert/strict";
import { testPlatform } from "../harness/environment.ts";
import { newUser, platformDatabase, type User } from "../harness/platform.ts";
import { exposed } from "../harness/schemas.ts";
import { newAdmin } from "../http/people.ts";
import { snapshot } from "./snapshot.ts";
import { rowsOf } from "./rows.ts";

interface Relation {
  schema: string;
  name: string;
  /** v: a view; otherwise a table. */
  kind: string;
  columns: { name: string; given: boolean }[];
  /** Whether any API role has any grant on it. */
  granted: boolean;
}

/** Who asks, by the headers that they send. */
type Askers = Record<string, Record<string, string>>;

/** The exposed tables and views, with the columns that a caller could write. */
async function relationsOf(sql: ReturnType<typeof platformDatabase>): Promise<Relation[]> {
  const relations = await sql<Relation[]>`
    select n.nspname as schema, c.relname as name, c.relkind as kind, (
      select jsonb_agg(jsonb_build_object('name', a.attname,
        'given', a.attgenerated = '' and a.attidentity = '') order by a.attnum)
      from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
      exists (select from unnest(array['anon', 'authenticated', 'service_role']) r
        where has_any_column_privilege(r, c.oid, 'select, insert, update') or has_table_privilege(r, c.oid, 'delete, truncate')) as granted
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = any (${exposed}) and c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition
    order by 1, 2`;
  return [...relations];
}

/** Asks the Data API; the answer in a word. */
async function ask(
  relation: Relation,
  method: string,
  headers: Record<string, string>,
  query: string,
  body?: unknown,
): Promise<string> {
  const answer = await fetch(`${testPlatform().api_url}/rest/v1/${relation.name}?${query}`, {
    method,
    headers: {
      ...headers,
      "accept-profile": relation.schema,
      "content-profile": relation.schema,
      "content-type": "application/json",
      prefer: method === "GET" ? "count=exact" : "count=exact,return=minimal",
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) {
    const { code } = await answer.json() as { code?: string };
    return code === "42501" ? "denied" : `error ${code}`;
  }
  if (method === "GET") {
    const rows = await answer.json() as unknown[];
    return rows.length === 0 ? "none" : "row";
  }
  await answer.body?.cancel();
  return answer.headers.get("content-range")?.endsWith("/0") ? "none" : "row";
}

async function askersOf(owner: User): Promise<Askers> {
  const { publishable_key, secret_key } = testPlatform();
  const signedIn = (user: User) => ({
    apikey: publishable_key,
    authorization: `Bearer ${user.token}`,
  });
  return {
    anon: { apikey: publishable_key },
    owner: signedIn(owner),
    other: signedIn(await newUser()),
    admin: signedIn(await newAdmin()),
    service: { apikey: secret_key },
  };
}

/** One line a right: what each asker gets. Columns that are answered alike share a line. */
async function matrixOf(relation: Relation, askers: Askers, match: string, row: Row) {
  const cells = async (method: string, query: string, body?: unknown) => {
    const answers = await Promise.all(
      Object.entries(askers).map(async ([who, headers]) => ({
        who,
        answer: await ask(relation, method, headers, query, body),
      })),
    );
    const alike = new Set(answers.map(({ answer }) => answer)).size === 1;
    return alike
      ? `all ${answers[0]?.answer}`
      : answers.map(({ who, answer }) => `${who} ${answer}`).join(", ");
  };
  const updates = new Map<string, string[]>();
  for (const { name, given } of relation.columns) {
    if (!given) continue;
    const answers = await cells("PATCH", match, { [name]: row[name] });
    updates.set(answers, [...(updates.get(answers) ?? []), name]);
  }
  const written = Object.fromEntries(
    relation.columns.filter(({ given }) => given).map(({ name }) => [name, row[name]]),
  );
  return [
    `${relation.schema}.${relation.name}${relation.kind === "v" ? " (view)" : ""}`,
    `  select: ${await cells("GET", match)}`,
    `  insert: ${await cells("POST", "", written)}`,
    ...[...updates].map(([answers, columns]) => `  update ${columns.join(", ")}: ${answers}`),
    `  delete: ${await cells("DELETE", match)}`,
  ].join("\n");
}

type Row = Record<string, unknown>;

Deno.test("X-01, X-02: the Data API lets through what the reviewed matrix says, and nothing else", async () => {
  const sql = platformDatabase();
  try {
    const owner = await newUser();
    const askers = await askersOf(owner);
    const rows = await rowsOf(sql, owner.id);
    const lines: string[] = [];
    let cells = 0;
    for (const relation of await relationsOf(sql)) {
      const name = `${relation.schema}.${relation.name}`;
      if (!relation.granted) {
        lines.push(`${name}\n  nobody has any right`);
        continue;
      }
      const match = rows[name];
      assert.ok(match, `tests/security/rows.ts makes no row of ${name}`);
      const [column, value] = Object.entries(match)[0] ?? [];
      const [found] = await sql`
        select to_jsonb(t) as row from ${sql(name)} t where ${sql(column ?? "")}::text = ${
        value ?? ""
      } limit 1`;
      assert.ok(found, `${name} has no row with ${column} = ${value}`);
      lines.push(await matrixOf(relation, askers, `${column}=eq.${value}`, found["row"]));
      cells += Object.keys(askers).length * (relation.columns.length + 3);
    }
    await snapshot("policy_matrix.txt", `${lines.join("\n\n")}\n`);
    assert.ok(cells > 500, `only ${cells} cells were asked for`);
  } finally {
    await sql.end();
  }
});
