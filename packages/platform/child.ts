import { linesOf } from "./lines.ts";
import type { Account } from "./postgres/account.ts";

/** A process that ends when this one does, however this one ends. */
export interface Child {
  readonly pid: number;
  /** Resolves with the exit code. */
  readonly exited: Promise<number>;
  /** Standard output line by line; the rest of it must be read too. */
  readonly lines: AsyncIterableIterator<string>;
  /** Asks it to end, and kills it when it is still there after `patience` milliseconds (5000). */
  stop(patience?: number): Promise<void>;
}

/** What to run, and what to do with what it says. */
export interface ChildOptions {
  command: string;
  args: string[];
  env?: Record<string, string>;
  clearEnv?: boolean;
  cwd?: string;
  account?: Account | null;
  /** The signal that asks it to end; SIGTERM unless told. */
  ending?: "SIGTERM" | "SIGINT";
  /** A folder that goes when this process was killed and could not remove it. */
  removes?: string;
  /** Gets each line of standard error. */
  onError?: (line: string) => void;
}

/**
 * Holds the process' group away from the terminal, and its own standard input open: when this end
 * closes, because the parent stopped or was killed, the guard ends the process with $GUARD_SIGNAL.
 */
const guard = `exec 3<&0
"$@" </dev/null 3<&- & pid=$!
trap 'kill -INT $pid' INT
trap 'kill -TERM $pid' TERM
{ read -r _; trap '' TERM; kill -$GUARD_SIGNAL $pid; tries=0
  while kill -0 $pid && [ $tries -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
  kill -KILL $pid; [ -z "$GUARD_REMOVES" ] || rm -rf "$GUARD_REMOVES"; } <&3 3<&- >/dev/null 2>&1 & watch=$!
exec 3<&- 2>/dev/null
while :; do wait $pid; code=$?; kill -0 $pid || break; done
kill -TERM $watch; wait $watch
exit $code`;

/** Starts a process under the guard. */
export function spawnChild(options: ChildOptions): Child {
  const { account } = options;
  const process = new Deno.Command("sh", {
    args: ["-c", guard, options.command, options.command, ...options.args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    detached: true,
    env: {
      ...options.env,
      GUARD_SIGNAL: (options.ending ?? "SIGTERM").slice(3),
      GUARD_REMOVES: options.removes ?? "",
    },
    ...(options.clearEnv ? { clearEnv: true } : {}),
    ...(options.cwd ? { cwd: options.cwd } : {}),
    ...(account ? { uid: account.uid, gid: account.gid } : {}),
  }).spawn();
  let running = true;
  const exited = process.status.then(({ code }) => {
    running = false;
    process.stdin.close().catch(() => {});
    return code;
  });
  const onError = options.onError ?? (() => {});
  const drained = (async () => {
    for await (const line of linesOf(process.stderr)) onError(line);
  })().catch(() => {});
  return {
    pid: process.pid,
    exited: Promise.all([exited, drained]).then(([code]) => code),
    lines: linesOf(process.stdout),
    async stop(patience = 5000) {
      if (!running) return;
      try {
        process.kill(options.ending ?? "SIGTERM");
      } catch {
        return;
      }
      const timer = setTimeout(() => running && killGroup(process.pid), patience);
      await exited;
      clearTimeout(timer);
    },
  };
}

function killGroup(pid: number): void {
  try {
    Deno.kill(-pid, "SIGKILL");
  } catch {
    return;
  }
}
