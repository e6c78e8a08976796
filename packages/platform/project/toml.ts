/** A value that supabase/config.toml uses. */
export type TomlValue = string | number | boolean | TomlValue[];
/** Tables by their dotted name; keys before the first table are under "". */
export type TomlTables = Record<string, Record<string, TomlValue>>;

/**
 * Reads the part of TOML that supabase/config.toml is written in: tables, and keys with strings,
 * numbers, booleans and arrays of these.
 * @throws SyntaxError naming the line that is something else.
 */
export function parseToml(text: string): TomlTables {
  const tables: TomlTables = { "": {} };
  let current = "";
  const lines = text.split("\n");
  for (let number = 0; number < lines.length; number++) {
    let line = withoutComment(lines[number] ?? "").trim();
    if (line === "") continue;
    const table = line.match(/^\[+([^\[\]]+)\]+$/)?.[1];
    if (table) {
      current = table.replaceAll('"', "").trim();
      tables[current] ??= {};
      continue;
    }
    while (/=\s*\[/.test(line) && !line.endsWith("]") && number + 1 < lines.length) {
      line += " " + withoutComment(lines[++number] ?? "").trim();
    }
    const [, key, value] = line.match(/^"?([\w.-]+)"?\s*=\s*(.+)$/) ?? [];
    if (!key || !value) throw new SyntaxError(`line ${number + 1} is not understood: ${line}`);
    tables[current] = { ...tables[current], [key]: parseValue(value, number + 1) };
  }
  return tables;
}

function withoutComment(line: string): string {
  return line.match(/^(?:[^"'#]|"(?:\\.|[^"\\])*"|'[^']*')*/)?.[0] ?? "";
}

function parseValue(text: string, line: number): TomlValue {
  if (text.startsWith("'")) return text.slice(1, -1);
  const json = text.replace(/,\s*\]$/, "]").replaceAll(/(?<=\d)_(?=\d)/g, "");
  try {
    return JSON.parse(json);
  } catch {
    throw new SyntaxError(`line ${line} has a value that is not understood: ${text}`);
  }
}
