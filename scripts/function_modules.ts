import { dirname, resolve } from "node:path";

/** What one function's modules are and need. */
export interface FunctionModules {
  /** Absolute paths of the modules that the CLI's scan finds, the entry point first. */
  files: string[];
  /** Specifiers that name neither a file nor a package: a deployment would lack them. */
  misses: string[];
  /** Names of npm packages, sorted. */
  packages: string[];
}

const statement =
  /(?:^|[\s;}])(?:import|export)\s+(?:[\w$*{}\s,]+?\s+from\s+)?["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)/g;
const packageName = /^(@[\w.-]+\/[\w.-]+|[\w-][\w.-]*)(?=\/|$)/;

/**
 * Finds what `supabase functions deploy --use-api` would upload for an entry point. It follows the
 * import and export statements of each module, type-only ones too, and of them only specifiers that
 * are relative and carry a file extension; a file that is missing is no error to it, so it is one here.
 */
export async function functionModules(entrypoint: string): Promise<FunctionModules> {
  const files = new Set<string>();
  const misses: string[] = [];
  const packages = new Set<string>();
  const visit = async (file: string): Promise<void> => {
    if (files.has(file)) return;
    files.add(file);
    for (const specifier of specifiersOf(await Deno.readTextFile(file))) {
      if (specifier.startsWith(".")) {
        const found = resolve(dirname(file), specifier);
        if (!/\.(ts|js|mjs|json)$/.test(specifier) || !await isFile(found)) {
          misses.push(`${file}: ${specifier}`);
        } else await visit(found);
      } else if (!specifier.startsWith("node:")) {
        const name = packageName.exec(specifier)?.[1];
        if (name) packages.add(name);
        else misses.push(`${file}: ${specifier}`);
      }
    }
  };
  await visit(resolve(entrypoint));
  return { files: [...files], misses, packages: [...packages].sort() };
}

/** The npm packages that a function reaches. */
export async function packagesOf(entrypoint: string): Promise<string[]> {
  return (await functionModules(entrypoint)).packages;
}

function specifiersOf(source: string): string[] {
  return [...source.matchAll(statement)].map((match) => match[1] ?? match[2] ?? "");
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isFile, () => false);
}
