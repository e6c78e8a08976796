/** As much of an OpenAPI document as the tests read. */
export interface Document {
  openapi: string;
  servers: { url: string }[];
  paths: Record<string, Record<string, Operation>>;
}

/** One operation of it. */
export interface Operation {
  operationId: string;
  tags: [string];
  parameters: Parameter[];
  requestBody?: { required: boolean; content: Record<string, Content> };
  responses: Record<string, { content?: Record<string, Content> }>;
}

interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required: boolean;
  examples?: Examples;
}

interface Content {
  schema: Record<string, unknown>;
  examples?: Examples;
}

type Examples = Record<string, { value: unknown }>;

/** A request that an example, or the absence of anything to say, describes. */
export interface ExampleRequest {
  operation: Operation;
  example: string;
  method: string;
  /** Below /functions/v1/. */
  path: string;
  body?: unknown;
}

/**
 * All requests of a document, those that take something away last. An operation without examples is
 * asked once, with nothing.
 */
export function requestsOf(document: Document): ExampleRequest[] {
  const requests = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) =>
      namesOf(operation).map((example) => requestOf(operation, method, path, example))
    )
  );
  const takes = ({ method }: ExampleRequest) => method === "DELETE" ? 1 : 0;
  return requests.toSorted((one, other) => takes(one) - takes(other));
}

function namesOf({ parameters, requestBody }: Operation): string[] {
  const parts = [...parameters, ...Object.values(requestBody?.content ?? {})];
  const names = new Set(parts.flatMap(({ examples = {} }) => Object.keys(examples)));
  return names.size > 0 ? [...names] : [""];
}

function requestOf(operation: Operation, method: string, path: string, example: string) {
  const query = new URLSearchParams();
  let filled = path.slice(1);
  for (const parameter of operation.parameters) {
    const value = parameter.examples?.[example]?.value;
    if (value === undefined) continue;
    if (parameter.in === "query") query.set(parameter.name, String(value));
    else filled = filled.replace(`{${parameter.name}}`, String(value));
  }
  const body = operation.requestBody?.content["application/json"]?.examples?.[example]?.value;
  return {
    operation,
    example,
    method: method.toUpperCase(),
    path: query.size > 0 ? `${filled}?${query}` : filled,
    ...(body === undefined ? {} : { body }),
  };
}
