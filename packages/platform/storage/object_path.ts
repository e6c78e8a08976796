import { StorageProblem } from "./problem.ts";

/** Where an object is: its bucket and its name in it. */
export interface ObjectPath {
  bucket: string;
  name: string;
}

const invalid = () => new StorageProblem(400, "InvalidKey", "Invalid key");

/**
 * The object that the rest of a route's path names, decoded once.
 * @throws StorageProblem for names that a file system or a browser could read differently.
 */
export function objectPath(rest: string): ObjectPath {
  let decoded: string;
  try {
    decoded = decodeURIComponent(rest);
  } catch {
    throw invalid();
  }
  const slash = decoded.indexOf("/");
  if (slash < 1) throw invalid();
  return { bucket: decoded.slice(0, slash), name: objectName(decoded.slice(slash + 1)) };
}

/** A valid object name: no empty, `.` or `..` segment, backslash, control character; at most 1024 bytes. */
export function objectName(name: unknown): string {
  if (typeof name !== "string" || new TextEncoder().encode(name).length > 1024) throw invalid();
  // deno-lint-ignore no-control-regex -- control characters are what it looks for
  if (/[\\\x00-\x1f\x7f]/.test(name) || /%(2e|2f|5c|00)/i.test(name)) throw invalid();
  if (name.split("/").some((segment) => segment === "" || segment === "." || segment === "..")) {
    throw invalid();
  }
  return name;
}
