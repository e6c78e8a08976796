import { z } from "zod";
import { problem } from "../http/problem.ts";

/** What a placeholder `{{name}}` of a template stands for. */
export const variable = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, "Small letters, digits and _."),
  type: z.enum(["text", "url"]).describe("url: http or https, and nothing else"),
  default: z.string().max(2000).optional().describe("Without one a value must be given"),
});

/** The words of a template's version. */
export const words = z.object({
  subject: z.string(),
  html: z.string(),
  text: z.string(),
  variables: z.array(variable),
});

export type Variable = z.infer<typeof variable>;
export type Words = z.infer<typeof words>;

/** Words as they are sent. */
export interface Rendered {
  subject: string;
  html: string;
  text: string;
}

/** Values by variable; null and nothing are the same. */
export type Values = Readonly<Record<string, string | null | undefined>>;

/** The variable that every template has without declaring it. */
const unsubscribeUrl: Variable = { name: "unsubscribe_url", type: "url", default: "" };

/**
 * Puts values in the place of placeholders: escaped in HTML, on one line in the subject.
 *
 * @throws Problem `missing_variable` (422) that names those without value and default, and
 * `invalid_request` (422) for an address that is none.
 */
export function render(template: Words, values: Values): Rendered {
  const declared = [...template.variables, unsubscribeUrl];
  const missing = declared.filter(({ name, default: fallback }) =>
    !(values[name] ?? fallback ?? "")
  )
    .filter(({ default: fallback }) => fallback === undefined).map(({ name }) => name);
  if (missing.length > 0) throw missingVariable(missing);
  const value = new Map(declared.map((one) => [one.name, valueOf(one, values)]));
  const fill = (text: string, write: (value: string) => string) =>
    text.replace(/\{\{\s*([^{}]*?)\s*\}\}/g, (_, name: string) => {
      const found = value.get(name);
      if (found === undefined) throw missingVariable([name]);
      return write(found);
    });
  return {
    subject: fill(template.subject, (text) => text.replace(/\s+/g, " ")),
    html: fill(template.html, escapeHtml),
    text: fill(template.text, (text) => text),
  };
}

function missingVariable(variables: string[]): Error {
  const detail = `There is no value for ${variables.join(", ")}.`;
  return problem("missing_variable", detail, { extra: { field: "variables", variables } });
}

function valueOf({ name, type, default: fallback = "" }: Variable, values: Values): string {
  const value = values[name] || fallback;
  if (type === "text" || value === "" || isWebAddress(value)) return value;
  throw problem("invalid_request", `${name} is not an address of the web.`, {
    status: 422,
    extra: { field: `variables.${name}` },
  });
}

function isWebAddress(value: string): boolean {
  return URL.canParse(value) && ["http:", "https:"].includes(new URL(value).protocol);
}

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** A text as HTML shows it, also within quotes of an attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
