import { type Child, spawnChild } from "../child.ts";
import { type Project, readFunctions } from "../project/project.ts";

/** The process that runs the project's functions, kept alive. */
export interface FunctionHost {
  /** Where it listens; waits while it starts; null when it cannot run. */
  origin(): Promise<string | null>;
  /** Whether supabase/config.toml asks for a token before the function is called. */
  verifiesJwt(slug: string): Promise<boolean>;
  /** Loads everything anew, with `changes` to the environment; the old process finishes its work. */
  restart(changes?: EnvironmentChanges): Promise<void>;
  stop(): Promise<void>;
}

/** Variables that are set for the functions; null makes one what it was at first. */
export type EnvironmentChanges = Record<string, string | null>;

/** What a function host needs. */
export interface FunctionHostOptions {
  project: Project;
  environment: Record<string, string>;
  /** Gets every line that functions print, and every failure to load one. */
  log(line: string): void;
}

interface Running {
  child: Child;
  origin: string;
  verified: Set<string>;
}

const script = new URL("./host.ts", import.meta.url).pathname;

/** What a hosted function may occupy, in MB. A heap without a limit keeps several times what it needs. */
const heapMegabytes = 256;

/** Arguments with which Deno runs the host. @param root the checkout */
export function hostArguments(
  root: string,
  functions: readonly { slug: string; entrypoint: string }[],
): string[] {
  return [
    ...["run", "--quiet", "--no-check", "--no-prompt", "--cached-only", "--allow-all"],
    `--v8-flags=--max-old-space-size=${heapMegabytes}`,
    ...["--config", `${root}/deno.json`, script, JSON.stringify(functions)],
  ];
}

/** Starts the function host; it comes back by itself when it crashes. */
export function startFunctionHost(options: FunctionHostOptions): FunctionHost {
  const { project, log } = options;
  let environment = options.environment;
  const changed = (changes: EnvironmentChanges) =>
    Object.fromEntries(
      Object.entries({ ...environment, ...changes }).flatMap(([name, value]) => {
        const now = value ?? options.environment[name];
        return now === undefined ? [] : [[name, now]];
      }),
    );
  let stopped = false;
  let crashes = 0;
  let current: Promise<Running | null> = start();

  async function start(): Promise<Running | null> {
    const functions = await readFunctions(project);
    const child = spawnChild({
      command: Deno.execPath(),
      args: hostArguments(project.root, functions),
      env: environment,
      clearEnv: true,
      cwd: project.root,
      onError: log,
    });
    const first = await child.lines.next();
    if (first.done) {
      log(`the function host ended with ${await child.exited} before it was ready`);
      return null;
    }
    const { port, failures } = JSON.parse(first.value);
    for (const [slug, failure] of Object.entries(failures)) log(`${slug} did not load: ${failure}`);
    (async () => {
      for await (const line of child.lines) log(line);
    })();
    const verified = functions.filter((one) => one.verifyJwt).map(({ slug }) => slug);
    return { child, origin: `http://127.0.0.1:${port}`, verified: new Set(verified) };
  }

  /** Starts again what ended by itself, later each time. */
  function watch(starting: Promise<Running | null>): Promise<Running | null> {
    starting.then(async (running) => {
      if (!running) return;
      const code = await running.child.exited;
      if (stopped || current !== starting) return;
      log(`the function host ended with ${code}; starting it again`);
      await new Promise((resolve) => setTimeout(resolve, Math.min(100 * 2 ** crashes++, 5000)));
      if (!stopped && current === starting) current = watch(start());
    });
    return starting;
  }
  watch(current);

  return {
    origin: async () => (await current)?.origin ?? null,
    verifiesJwt: async (slug) => (await current)?.verified.has(slug) ?? false,
    async restart(changes = {}) {
      environment = changed(changes);
      const previous = current;
      const next = start();
      await next;
      current = watch(next);
      await (await previous)?.child.stop();
    },
    async stop() {
      stopped = true;
      await (await current)?.child.stop();
    },
  };
}
