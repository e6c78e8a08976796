import { messageOf } from "../failure.ts";
import type { Project } from "../project/project.ts";
import type { FunctionHost } from "./supervisor.ts";

const settleFor = 250;

/** Restarts the functions when a source of theirs changes. Returns what ends the watching. */
export function watchSources(
  project: Project,
  functions: FunctionHost,
  log: (line: string) => void,
): () => Promise<void> {
  const folders = ["supabase/functions", "supabase/config.toml", "packages"];
  const watcher = Deno.watchFs(folders.map((path) => `${project.root}/${path}`));
  let timer: ReturnType<typeof setTimeout> | undefined;
  const restart = () =>
    functions.restart().then(
      () => log("functions: loaded anew"),
      (reason) => log(`functions: ${messageOf(reason)}`),
    );
  const watching = (async () => {
    for await (const { kind, paths } of watcher) {
      if (kind === "access" || !paths.some(matters)) continue;
      clearTimeout(timer);
      timer = setTimeout(restart, settleFor);
    }
  })();
  return async () => {
    clearTimeout(timer);
    watcher.close();
    await watching;
  };
}

function matters(path: string): boolean {
  return /\.(ts|json|toml|env)$/.test(path) &&
    !/_test\.ts$|packages\/(platform|imaging)\//.test(path);
}
