const longest = 2048;

/**
 * An address in its normal form when it is plain https: a host's name and no number, no credentials,
 * no port; at one of `domains` when they are given. Undefined otherwise.
 */
export function shopAddress(text: string, domains?: readonly string[]): string | undefined {
  const url = URL.parse(text.trim());
  if (!url || url.protocol !== "https:" || url.username || url.password || url.port) return;
  if (!/^([a-z0-9-]+\.)+[a-z][a-z0-9-]*$/.test(url.hostname)) return;
  if (domains && !domains.includes(url.hostname)) return;
  return url.href.length <= longest ? url.href : undefined;
}
