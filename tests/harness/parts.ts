import type { TestPlatform } from "./environment.ts";

/** Test files that run one after the other on a platform of their own. */
export interface Part {
  label: string;
  /** The adapter that functions use for the database. */
  adapter: TestPlatform["adapter"];
  files: string[];
}

/**
 * Divides the test files so that no part disturbs another: those over HTTP once for each adapter, those that attack
 * or break the platform by themselves, and the rest. Parts that take long come first.
 */
export function partsOf(files: string[]): Part[] {
  const rest = new Set(files);
  const take = (folder: string) => {
    const taken = files.filter((file) => file.startsWith(`${folder}/`));
    for (const file of taken) rest.delete(file);
    return taken;
  };
  const [http, database, security, faults] = [
    take("tests/http"),
    take("tests/database"),
    take("tests/security"),
    [...take("tests/faults"), ...take("tests/crash")],
  ];
  const parts: Part[] = [
    { label: "the rest", adapter: "direct", files: [...rest] },
    { label: "http, data api", adapter: "data-api", files: http },
    { label: "http, direct", adapter: "direct", files: http },
    { label: "security", adapter: "direct", files: security },
    { label: "database", adapter: "direct", files: database },
    { label: "faults and crashes", adapter: "direct", files: faults },
  ];
  return parts.filter((part) => part.files.length > 0);
}
