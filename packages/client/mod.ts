export { createTesseraClient, type TesseraClient } from "./client.ts";
export type { SignedIn, TesseraOptions } from "./caller.ts";
export type { ActionOptions, AnswerOf, CallOptions, OperationName, RequestOf } from "./request.ts";
export type { ClientProblem, FieldProblem, LocalCode, Result } from "./result.ts";
export type * from "./shapes.ts";
export type { WaitOptions } from "./waiting.ts";
