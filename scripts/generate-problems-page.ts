/** Writes docs/problems.md from the table of codes. `--check` only says whether it drifted. */
import { problemsPage } from "../packages/http/problems_page.ts";

const file = new URL("../docs/problems.md", import.meta.url);
const wanted = problemsPage();
if (!Deno.args.includes("--check")) {
  await Deno.writeTextFile(file, wanted);
} else if (await Deno.readTextFile(file).catch(() => "") !== wanted) {
  const message = "docs/problems.md is not the table of codes: run npm run check -- --write\n";
  await Deno.stderr.write(new TextEncoder().encode(message));
  Deno.exit(1);
}
