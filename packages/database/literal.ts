const identifier = /^[a-z_][a-z0-9_]*$/;

/**
 * A value as a SQL literal of unknown type, which Postgres reads as the argument's own type.
 * Strings that contain a backslash or not are safe alike: the `E''` form does not depend on
 * `standard_conforming_strings`. An array of strings becomes an array literal, every other array
 * or object JSON.
 *
 * @throws TypeError for what SQL text cannot carry (a NUL, a function, NaN, an infinite number).
 */
export function literal(value: unknown): string {
  if (value === null || value === undefined) return "null";
  return quote(textOf(value));
}

/** A name as a quoted identifier. Only plain lower-case names exist in our schemas. */
export function quotedName(name: string): string {
  if (!identifier.test(name)) throw new TypeError(`Not a name of ours: ${name}`);
  return `"${name}"`;
}

function quote(text: string): string {
  if (text.includes("\0")) throw new TypeError("SQL text cannot hold a NUL.");
  return `E'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}

function textOf(value: unknown): string {
  switch (typeof value) {
    case "string":
      return value;
    case "boolean":
    case "bigint":
      return String(value);
    case "number":
      if (!Number.isFinite(value)) throw new TypeError("SQL takes finite numbers only.");
      return String(value);
    case "object":
      return isTextArray(value) ? arrayText(value) : JSON.stringify(value);
    default:
      throw new TypeError(`SQL has no form for a ${typeof value}.`);
  }
}

function isTextArray(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function arrayText(items: string[]): string {
  const quoted = items.map((item) => `"${item.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`);
  return `{${quoted.join(",")}}`;
}
