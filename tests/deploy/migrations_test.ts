import assert from "node:assert/strict";
import { type Finding, lintMigration, type Rule } from "./migration_lint.ts";

const folder = new URL("../../supabase/migrations/", import.meta.url);
const names = Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();

/** Migrations of the first release: they run before anybody uses the database. */
const firstRelease = "20260101";

/** What a statement breaks, and how the same is done while people work. */
const examples: [rule: Rule, stops: string, lets: string][] = [
  [
    "takes something away",
    "alter table modera.profiles drop column language_code",
    "alter table modera.profiles alter language_code drop not null",
  ],
  [
    "takes something away",
    "drop function api.take_limit",
    "create or replace function api.one() returns integer language sql return 1",
  ],
  ["takes something away", "truncate modera.settings", "select 1"],
  [
    "renames",
    "alter table modera.profiles rename column time_zone to zone",
    "alter table modera.profiles add column zone text",
  ],
  [
    "rewrites a table",
    "alter table modera.profiles alter language_code type varchar(5)",
    "alter table modera.profiles add constraint short check (length(language_code) < 6) not valid",
  ],
  [
    "rewrites a table",
    "alter table modera.profiles add column mark uuid default gen_random_uuid()",
    "alter table modera.profiles add column mark uuid",
  ],
  [
    "reads a table under a lock",
    "alter table modera.profiles add column visits integer not null",
    "alter table modera.profiles add column visits integer not null default 0",
  ],
  [
    "reads a table under a lock",
    "alter table modera.profiles add foreign key (id) references modera.settings (id)",
    "alter table modera.profiles add foreign key (id) references modera.settings (id) not valid",
  ],
  [
    "reads a table under a lock",
    "alter table modera.profiles alter time_zone set not null",
    "alter table modera.profiles validate constraint profiles_time_zone_is_there",
  ],
  [
    "builds an index under a lock",
    "create index on modera.profiles (time_zone)",
    "create table modera.visits (at date); create index on modera.visits (at)",
  ],
  [
    "builds an index under a lock",
    "alter table modera.profiles add unique (time_zone)",
    "alter table modera.profiles add constraint one unique using index one_index",
  ],
  [
    "is concurrent and not alone",
    "select 1; create index concurrently zones on modera.profiles (time_zone)",
    "create index concurrently zones on modera.profiles (time_zone)",
  ],
  [
    "changes every row",
    "update modera.profiles set time_zone = 'UTC'",
    "update modera.profiles set time_zone = 'UTC' where id between 1 and 1000",
  ],
  ["locks a table", "lock table modera.profiles", "select 1 from modera.profiles limit 1"],
  [
    "waits for locks without end",
    "alter table modera.profiles add column zone text",
    "set lock_timeout = '2s'; alter table modera.profiles add column zone text",
  ],
];

const rulesOf = (findings: Finding[]) => findings.map(({ rule }) => rule);
const patient = (rule: Rule) => rule !== "waits for locks without end";

for (const [rule, stops, lets] of examples) {
  Deno.test(`a migration that ${rule} is named: ${stops}`, () => {
    assert.ok(rulesOf(lintMigration(stops)).includes(rule));
    const broken = rulesOf(lintMigration(lets));
    assert.deepEqual(patient(rule) ? broken.filter(patient) : broken, []);
    const excused = `-- allows: ${rule}, because nobody uses it\n${stops}`;
    assert.ok(!rulesOf(lintMigration(excused)).includes(rule));
  });
}

Deno.test("no migration that comes after the first release stops anybody's work", async () => {
  for (const name of names) {
    const findings = lintMigration(await Deno.readTextFile(new URL(name, folder)));
    if (!name.startsWith(firstRelease)) assert.deepEqual(findings, [], name);
  }
});

Deno.test("migrations have a time that none shares, a name, and a header that says what they do", async () => {
  const times = names.map((name) => name.slice(0, 14));
  assert.equal(new Set(times).size, times.length);
  for (const name of names) {
    assert.match(name, /^\d{14}_[a-z0-9_]+\.sql$/);
    assert.match(await Deno.readTextFile(new URL(name, folder)), /^-- \S/, name);
  }
});
