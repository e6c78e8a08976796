const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

/** `npm start` under way. */
export interface Started {
  process: Deno.ChildProcess;
  /** Everything on standard output so far. */
  output(): string;
  errors: Promise<string>;
  ready: Promise<Record<string, string>>;
  ended: Promise<number>;
}

/** Begins `npm start` without the imaging engine. */
export function npmStart(...args: string[]): Started {
  const process = new Deno.Command("npm", {
    args: ["start", "--", "--json", "--no-imaging", ...args],
    cwd: root,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let output = "";
  const ready = Promise.withResolvers<Record<string, string>>();
  const read = (async () => {
    for await (const chunk of process.stdout.pipeThrough(new TextDecoderStream())) {
      output += chunk;
      if (output.includes("\n")) ready.resolve(JSON.parse(output.split("\n")[0] ?? ""));
    }
    ready.resolve({});
  })();
  const errors = new Response(process.stderr).text();
  const ended = Promise.all([process.status, read, errors]).then(([{ code }]) => code);
  return { process, output: () => output, errors, ready: ready.promise, ended };
}

/** Works in a folder that Postgres' account can enter, and removes it. */
export async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  await Deno.chmod(folder, 0o755);
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
