const secretName = /authorization|api_?key|token|secret|password|cookie|signature|credential/i;

const secretValues: readonly [RegExp, string][] = [
  [
    /\b(sb_(?:secret|publishable)|sk_(?:test|live)|rk_(?:test|live)|whsec|shr)_[\w-]+/g,
    "$1_[redacted]",
  ],
  [/\b(bot)?\d{3,}:[\w-]{30,}/g, "[bot token]"],
  [/\bey[\w-]{10,}\.[\w-]+\.[\w-]*/g, "[token]"],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, "$1 [redacted]"],
  [/([?&](?:token|signature|sig|key|apikey)=)[^&\s"']+/gi, "$1[redacted]"],
  [/(postgres(?:ql)?:\/\/[^:\s/]+:)[^@\s]+@/gi, "$1[redacted]@"],
];

/** `value` without keys, tokens, passwords and signed addresses, at any depth. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth > 6) return "[deep]";
  if (Array.isArray(value)) return value.slice(0, 50).map((item) => redact(item, depth + 1));
  if (value instanceof Error) return redact(describeError(value), depth + 1);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      secretName.test(key) && inner !== null ? "[redacted]" : redact(inner, depth + 1),
    ]),
  );
}

/** A text without what looks like a secret. */
function redactText(text: string): string {
  return secretValues.reduce((kept, [pattern, put]) => kept.replace(pattern, put), text);
}

function describeError(error: Error): Record<string, unknown> {
  const { code, status } = error as { code?: unknown; status?: unknown };
  return {
    name: error.name,
    message: error.message,
    ...(typeof code === "string" ? { code } : {}),
    ...(typeof status === "number" ? { status } : {}),
    ...(error.stack
      ? { stack: error.stack.split("\n").slice(1, 6).map((line) => line.trim()) }
      : {}),
    ...(error.cause === undefined ? {} : { cause: error.cause }),
  };
}
