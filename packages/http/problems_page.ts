import { type ProblemCode, problemCodes } from "./problem_codes.ts";

/** docs/problems.md: the table of codes for those who call us. */
export function problemsPage(): string {
  const rows = Object.entries<ProblemCode>(problemCodes).map(([code, { statuses, meaning }]) =>
    `| \`${code}\` | ${statuses.join(", ")} | ${meaning} |`
  );
  return `# Problems

Every error is an RFC 9457 document (\`application/problem+json\`) with \`type\`, \`title\`, \`status\`,
\`detail\`, \`code\` and \`request_id\`. \`code\` is stable; \`detail\` is for people and may change. \`errors\`
lists \`{field, message}\` where fields were wrong. 429 and 503 carry \`Retry-After\`: repeat the request,
with the same \`Idempotency-Key\` where it had one.

| code | status | meaning |
|---|---|---|
${rows.join("\n")}
`;
}
