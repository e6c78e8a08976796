export {
  type ActionOptions,
  createTesseraClient,
  type SignedIn,
  type TesseraClient,
  type TesseraOptions,
  type WaitOptions,
} from "./client.ts";
export type { ClientProblem, FieldProblem, LocalCode, Result } from "./result.ts";
export type * from "./shapes.ts";
