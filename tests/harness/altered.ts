/** The same text but for its last character, whatever that was: a key or token like a real one, and nobody's. */
export function altered(text: string): string {
  return text.slice(0, -1) + (text.endsWith("0") ? "1" : "0");
}
