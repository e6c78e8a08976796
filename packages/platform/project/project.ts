import { messageOf, StartFailure } from "../failure.ts";
import { parseToml, type TomlTables } from "./toml.ts";

/** A function of the project, as supabase/config.toml and the folder tell. */
export interface ProjectFunction {
  slug: string;
  /** Absolute path of its module. */
  entrypoint: string;
  verifyJwt: boolean;
}

/** What the platform needs to know of the Supabase project that it serves. */
export interface Project {
  /** The checkout: the folder that holds supabase/ and node_modules/. */
  root: string;
  migrations: string;
  functionsFolder: string;
  /** Schemas that the Data API exposes, the default first. */
  schemas: string[];
  /** Most rows that one answer of the Data API holds. */
  maxRows: number;
  /** Longest life of an access token, in seconds. */
  jwtExpiry: number;
  siteUrl: string;
}

/**
 * Reads supabase/config.toml under `root`.
 * @throws StartFailure when it is missing or not understood.
 */
export async function readProject(root: string): Promise<Project> {
  const tables = await readConfig(root);
  const api = tables["api"] ?? {};
  const auth = tables["auth"] ?? {};
  return {
    root,
    migrations: `${root}/supabase/migrations`,
    functionsFolder: `${root}/supabase/functions`,
    schemas: Array.isArray(api.schemas) ? api.schemas.map(String) : ["public"],
    maxRows: Number(api.max_rows ?? 1000),
    jwtExpiry: Number(auth.jwt_expiry ?? 3600),
    siteUrl: String(auth.site_url ?? "http://127.0.0.1:3000"),
  };
}

/** The functions that exist now: folders with an index.ts, whose names do not begin with _ or a dot. */
export async function readFunctions(project: Project): Promise<ProjectFunction[]> {
  const tables = await readConfig(project.root);
  const functions: ProjectFunction[] = [];
  for (const { name: slug, isDirectory } of Deno.readDirSync(project.functionsFolder)) {
    const entrypoint = `${project.functionsFolder}/${slug}/index.ts`;
    if (!isDirectory || /^[._]/.test(slug) || !isFile(entrypoint)) continue;
    const table = tables[`functions.${slug}`] ?? {};
    if (table.enabled === false) continue;
    functions.push({ slug, entrypoint, verifyJwt: table.verify_jwt !== false });
  }
  return functions.sort((a, b) => a.slug < b.slug ? -1 : 1);
}

async function readConfig(root: string): Promise<TomlTables> {
  const path = `${root}/supabase/config.toml`;
  try {
    return parseToml(await Deno.readTextFile(path));
  } catch (reason) {
    throw new StartFailure(`${path} cannot be read: ${messageOf(reason)}.`);
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
