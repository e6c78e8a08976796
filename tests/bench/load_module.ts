/** Loads the module that is its argument, and prints how long that took, in milliseconds. */
const started = performance.now();
await import(Deno.args[0] ?? "");
Deno.stdout.writeSync(new TextEncoder().encode(`${performance.now() - started}\n`));
Deno.exit();
