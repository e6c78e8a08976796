import { type AlterTableCmd, type Constraint, loadModule, type Node, parseSync } from "libpg-query";
import type { ParseResult, RangeVar, RawStmt } from "libpg-query";

await loadModule();

/** What a statement does to people who use the database while it runs, or to functions that are deployed already. */
export type Rule =
  | "takes something away"
  | "renames"
  | "rewrites a table"
  | "reads a table under a lock"
  | "builds an index under a lock"
  | "is concurrent and not alone"
  | "changes every row"
  | "locks a table"
  | "waits for locks without end";

/** A statement of a migration that would stop somebody's work. */
export interface Finding {
  rule: Rule;
  /** The statement's first words. */
  statement: string;
}

/** Kinds of objects that deployed code may be using. */
const used = ["TABLE", "VIEW", "MATVIEW", "FUNCTION", "PROCEDURE", "TYPE", "DOMAIN", "SCHEMA"];

/**
 * The statements of a migration that would cause down-time, read by Postgres' own parser. What a migration itself
 * creates is nobody's yet, so anything may be done to it. A line `-- allows: <rule>, because …` lets one rule go in
 * that file. Bodies of functions and `do` blocks are not looked into.
 * @throws SqlError when `sql` is not SQL.
 */
export function lintMigration(sql: string): Finding[] {
  const { stmts = [] } = parseSync(sql) as ParseResult;
  const fresh = new Set<string>();
  const findings: Finding[] = [];
  let endless = true;
  for (const raw of stmts) {
    if (raw.stmt === undefined) continue;
    const { stmt } = raw;
    const made = madeBy(stmt);
    if (made) fresh.add(made);
    if ("VariableSetStmt" in stmt && stmt.VariableSetStmt.name === "lock_timeout") endless = false;
    const rules = rulesBrokenBy(stmt, (table) => fresh.has(nameOf(table)), stmts.length === 1);
    const locks = rules.length > 0 || ("AlterTableStmt" in stmt && !isFresh(stmt, fresh));
    if (locks && endless) rules.push("waits for locks without end");
    findings.push(...rules.map((rule) => ({ rule, statement: textOf(sql, raw) })));
  }
  const allowed = [...sql.matchAll(/^-- allows: ([^,]+), because \S/gm)].map(([, rule]) => rule);
  return findings.filter(({ rule }) => !allowed.includes(rule));
}

function rulesBrokenBy(stmt: Node, isOwn: (table?: RangeVar) => boolean, alone: boolean): Rule[] {
  if ("AlterTableStmt" in stmt) {
    const { relation, cmds = [] } = stmt.AlterTableStmt;
    return isOwn(relation) ? [] : cmds.flatMap(rulesOfCommand);
  }
  if ("IndexStmt" in stmt) {
    const { relation, concurrent } = stmt.IndexStmt;
    if (isOwn(relation)) return [];
    if (!concurrent) return ["builds an index under a lock"];
    return alone ? [] : ["is concurrent and not alone"];
  }
  if ("DropStmt" in stmt) {
    const kind = stmt.DropStmt.removeType?.replace("OBJECT_", "") ?? "";
    return used.includes(kind) ? ["takes something away"] : [];
  }
  if ("RenameStmt" in stmt) return isOwn(stmt.RenameStmt.relation) ? [] : ["renames"];
  if ("UpdateStmt" in stmt) return everyRow(stmt.UpdateStmt, isOwn);
  if ("DeleteStmt" in stmt) return everyRow(stmt.DeleteStmt, isOwn);
  if ("TruncateStmt" in stmt) return ["takes something away"];
  const locking = ["LockStmt", "VacuumStmt", "ClusterStmt", "ReindexStmt", "RefreshMatViewStmt"];
  return locking.some((kind) => kind in stmt) ? ["locks a table"] : [];
}

function rulesOfCommand(node: Node): Rule[] {
  if (!("AlterTableCmd" in node)) return [];
  const { subtype, def } = node.AlterTableCmd;
  if (subtype === "AT_DropColumn") return ["takes something away"];
  if (subtype === "AT_AlterColumnType") return ["rewrites a table"];
  if (subtype === "AT_SetNotNull") return ["reads a table under a lock"];
  if (subtype === "AT_AddConstraint") return rulesOfConstraint(def);
  return subtype === "AT_AddColumn" ? rulesOfColumn(def) : [];
}

function rulesOfConstraint(def: AlterTableCmd["def"]): Rule[] {
  const { contype, skip_validation, indexname }: Constraint = def && "Constraint" in def
    ? def.Constraint
    : {};
  if (contype === "CONSTR_UNIQUE" || contype === "CONSTR_PRIMARY") {
    return indexname ? [] : ["builds an index under a lock"];
  }
  return skip_validation ? [] : ["reads a table under a lock"];
}

function rulesOfColumn(def: AlterTableCmd["def"]): Rule[] {
  if (!def || !("ColumnDef" in def)) return [];
  const constraints = (def.ColumnDef.constraints ?? [])
    .flatMap((node) => "Constraint" in node ? [node.Constraint] : []);
  const has = (kind: Constraint["contype"]) => constraints.some(({ contype }) => contype === kind);
  const initial = constraints.find(({ contype }) => contype === "CONSTR_DEFAULT")?.raw_expr;
  const broken: Rule[] = [];
  // A default that is called may differ from row to row: then each row is written anew.
  if (initial && "FuncCall" in initial || has("CONSTR_IDENTITY") || has("CONSTR_GENERATED")) {
    broken.push("rewrites a table");
  } else if (has("CONSTR_NOTNULL") && !initial) broken.push("reads a table under a lock");
  if (has("CONSTR_UNIQUE") || has("CONSTR_PRIMARY")) broken.push("builds an index under a lock");
  return broken;
}

function everyRow(
  { relation, whereClause }: { relation?: RangeVar; whereClause?: Node },
  isOwn: (table?: RangeVar) => boolean,
): Rule[] {
  return whereClause || isOwn(relation) ? [] : ["changes every row"];
}

function madeBy(stmt: Node): string | undefined {
  if ("CreateStmt" in stmt) return nameOf(stmt.CreateStmt.relation);
  if ("ViewStmt" in stmt) return nameOf(stmt.ViewStmt.view);
  return "CreateTableAsStmt" in stmt ? nameOf(stmt.CreateTableAsStmt.into?.rel) : undefined;
}

function isFresh(stmt: Node, fresh: Set<string>): boolean {
  return "AlterTableStmt" in stmt && fresh.has(nameOf(stmt.AlterTableStmt.relation));
}

function nameOf(table: RangeVar | undefined): string {
  return `${table?.schemaname}.${table?.relname}`;
}

function textOf(sql: string, { stmt_location = 0, stmt_len }: RawStmt): string {
  // The parser counts bytes.
  const bytes = new TextEncoder().encode(sql);
  const end = stmt_len === undefined ? bytes.length : stmt_location + stmt_len;
  const text = new TextDecoder().decode(bytes.slice(stmt_location, end));
  return text.replaceAll(/--.*$/gm, "").trim().replaceAll(/\s+/g, " ").slice(0, 80);
}
