import { escapeHtml } from "../mail/template.ts";

/** A part of a message, in the order of reading. */
export type Block =
  | { kind: "paragraph"; text: string }
  /** Names and values, such as the lines of a receipt. */
  | { kind: "facts"; rows: [name: string, value: string][] }
  | { kind: "link"; label: string; url: string }
  /** A stored picture, for channels that show pictures; the words must do without it. */
  | { kind: "picture"; bucket: string; path: string };

/** What a person is told, in their language; a channel decides how it looks. */
export interface Message {
  subject: string;
  blocks: Block[];
  /** A line below: who writes, and why. */
  footer: string;
  /** What a template of the product may say instead, by variable. */
  values?: Readonly<Record<string, string>>;
}

/** The message as plain text. */
export function toText({ subject, blocks, footer }: Message): string {
  const parts = blocks.flatMap((block) => {
    if (block.kind === "picture") return [];
    if (block.kind === "paragraph") return [block.text];
    if (block.kind === "link") return [`${block.label}: ${block.url}`];
    return [block.rows.map(([name, value]) => `${name}: ${value}`).join("\n")];
  });
  return [subject, ...parts, footer].join("\n\n") + "\n";
}

/** The message as an HTML document for mail programs: tables and inline styles only. */
export function toHtml(message: Message, language: string): string {
  const { subject, blocks, footer } = message;
  return `<!doctype html>
<html lang="${escapeHtml(language)}">
<head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head>
<body style="margin:0;padding:24px;background:#f5f5f4;font-family:Helvetica,Arial,sans-serif;color:#1c1917">
<table role="presentation" width="100%" style="max-width:520px;margin:0 auto;background:#ffffff;border-radius:8px">
<tr><td style="padding:32px">
<h1 style="margin:0 0 16px;font-size:20px">${escapeHtml(subject)}</h1>
${blocks.map(blockHtml).join("\n")}
<p style="margin:24px 0 0;font-size:12px;color:#78716c">${escapeHtml(footer)}</p>
</td></tr></table>
</body>
</html>
`;
}

function blockHtml(block: Block): string {
  switch (block.kind) {
    case "picture":
      return "";
    case "paragraph":
      return `<p style="margin:0 0 16px;line-height:1.5">${escapeHtml(block.text)}</p>`;
    case "link":
      return `<p style="margin:0 0 16px"><a href="${escapeHtml(block.url)}">${
        escapeHtml(block.label)
      }</a></p>`;
    case "facts":
      return `<table style="margin:0 0 16px;border-collapse:collapse">${
        block.rows.map(([name, value]) =>
          `<tr><td style="padding:4px 24px 4px 0;color:#78716c">${escapeHtml(name)}</td>` +
          `<td style="padding:4px 0">${escapeHtml(value)}</td></tr>`
        ).join("")
      }</table>`;
  }
}
