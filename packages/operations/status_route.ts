import { readAnswer } from "../database/answer.ts";
import { type Route, route } from "../http/route.ts";
import { operationsStatus } from "./status.ts";

/** `GET /`: what is late, waiting or dead, and which problems were answered, for admins of all products. */
export const statusRoute: Route = route({
  method: "GET",
  path: "/",
  auth: "admin",
  summary: "Late jobs, lags, dead letters, the ledger's proof and the problems of the last hour.",
  limit: { calls: 60, seconds: 60 },
  answers: { 200: operationsStatus },
  async handle({ db }) {
    const body = readAnswer(operationsStatus, await db.rpc("api", "operations_status", {}));
    return { status: 200, body };
  },
});
