import postgres from "postgres";

/** An access token, whosever it is. */
const accessToken = /\bey[\w-]{10,}\.ey[\w-]{10,}\.[\w-]{10,}/;

/** Shorter ones stand in texts by chance. */
const shortest = 12;

/** Looks for the secrets of a test run where none may ever be: in logs and in rows. */
export class LeakWatch {
  readonly #secrets = new Map<string, string>();
  readonly #found = new Set<string>();
  #lines = 0;

  /** Adds what no log and no row may hold. */
  watch(secrets: Record<string, string | null | undefined>): void {
    for (const [name, value] of Object.entries(secrets)) {
      if (value && value.length >= shortest) this.#secrets.set(value, name);
    }
  }

  /** Adds the secrets among variables of an environment. */
  watchEnvironment(variables: Record<string, string>): void {
    const secret = Object.entries(variables).filter(([name]) => /SECRET|KEY|TOKEN/.test(name));
    this.watch(Object.fromEntries(secret));
  }

  /** Reads a line that something logged. */
  line(text: string): void {
    this.#lines++;
    for (const name of this.#namesIn(text)) this.#found.add(`${name} in a log: ${redacted(text)}`);
  }

  /** Reads every row of every table of a database, as superuser. */
  async database(url: string): Promise<void> {
    const sql = postgres(url, { max: 1, onnotice: () => {} });
    try {
      const tables = await sql<{ name: string }[]>`
        select format('%I.%I', n.nspname, c.relname) as name
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p') and n.nspname !~ '^(pg_|information_schema)'`;
      for (const { name } of tables) await this.#table(sql, name);
    } finally {
      await sql.end();
    }
  }

  /** What was found, and how much was read. */
  get report(): { found: string[]; lines: number; secrets: number } {
    return { found: [...this.#found], lines: this.#lines, secrets: this.#secrets.size };
  }

  async #table(sql: postgres.Sql, name: string): Promise<void> {
    // Rows are read where they are; only those that hold something come over.
    const rows = await sql.unsafe<{ row: string }[]>(
      `select t::text as row from ${name} t where t::text ~ $1
         or exists (select from unnest($2::text[]) s where position(s in t::text) > 0) limit 20`,
      [accessToken.source.replace("\\b", ""), [...this.#secrets.keys()]],
    );
    for (const { row } of rows) {
      for (const secret of this.#namesIn(row)) this.#found.add(`${secret} in a row of ${name}`);
    }
  }

  #namesIn(text: string): string[] {
    const names = [...this.#secrets].filter(([value]) => text.includes(value))
      .map(([, name]) => name);
    return accessToken.test(text) ? [...names, "an access token"] : names;
  }
}

function redacted(text: string): string {
  return text.slice(0, 160).replace(/[\w-]{16,}/g, "…");
}
