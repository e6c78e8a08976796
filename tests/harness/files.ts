const folders = ["packages", "tests", "scripts", "demo"];

/**
 * The test files under `root`, relative and sorted; with `wanted`, those whose paths begin with or
 * contain one of them.
 */
export async function findTests(root: string, wanted: string[]): Promise<string[]> {
  const found: string[] = [];
  for (const folder of folders) await collect(root, folder, found);
  const matches = (file: string) =>
    wanted.length === 0 || wanted.some((part) => file.includes(part.replace(/^\.\//, "")));
  return found.filter(matches).sort();
}

async function collect(root: string, folder: string, found: string[]): Promise<void> {
  const entries = await Array.fromAsync(Deno.readDir(`${root}/${folder}`)).catch(() => []);
  for (const { name, isDirectory } of entries) {
    if (name === "node_modules" || name.startsWith(".")) continue;
    if (isDirectory) await collect(root, `${folder}/${name}`, found);
    else if (name.endsWith("_test.ts")) found.push(`${folder}/${name}`);
  }
}
