/** For files that crash Postgres: postgres.js writes once more, from a timer, to a connection that is gone. */
export function bearLostConnections(): void {
  globalThis.addEventListener("error", (event) => {
    if (event.message.includes("reading 'write'")) event.preventDefault();
  });
}
