/**
 * Resolves with a reason when this process is asked to end: Ctrl-C, SIGTERM, or its parent gone.
 * Asked again, it still resolves once; a third signal within the shutdown is the caller's to ignore.
 */
export function interrupted(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      Deno.addSignalListener(signal, () => resolve(signal));
    }
    const parent = Deno.ppid;
    Deno.unrefTimer(setInterval(() => Deno.ppid !== parent && resolve("the parent ended"), 500));
  });
}
