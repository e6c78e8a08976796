import { readProject } from "../../packages/platform/project/project.ts";

const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
const project = await readProject(root);

/** The schemas that the Data API exposes. */
export const exposed: readonly string[] = project.schemas;

/** Every schema that a migration makes but `months`: partitions have their parents' rules, and names of the day. */
export const schemas: readonly string[] = (await made(project.migrations))
  .filter((name) => name !== "months");

/** Those that are no product's. */
export const kernelSchemas = schemas.filter((name) => name === "api" || !exposed.includes(name));

async function made(folder: string): Promise<string[]> {
  const names: string[] = [];
  for (const { name } of [...Deno.readDirSync(folder)].sort((a, b) => a.name < b.name ? -1 : 1)) {
    const text = await Deno.readTextFile(`${folder}/${name}`);
    for (const [, schema = ""] of text.matchAll(/^create schema (\w+);/gm)) names.push(schema);
  }
  return names;
}
