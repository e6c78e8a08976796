import type { EngineResult, Make, Order } from "./protocol/engine.ts";
import { Refusal } from "./refusal.ts";

/** What it answers: one of the three. */
export interface WorkerAnswer {
  result?: EngineResult;
  refusal?: { code: string; message: string };
  failure?: string;
}

/** One thread, made anew when work is given up or the thread dies. */
export class ImagingThread {
  #worker = startWorker();

  /** Does one piece of work; callers wait for each other. */
  readonly make: Make = (order: Order, signal) => {
    const worker = this.#worker;
    return new Promise<EngineResult>((resolve, reject) => {
      const renew = (reason: unknown) => {
        worker.terminate();
        this.#worker = startWorker();
        reject(reason);
      };
      const abort = () => renew(signal.reason);
      signal.addEventListener("abort", abort, { once: true });
      worker.onerror = (event) => {
        event.preventDefault();
        signal.removeEventListener("abort", abort);
        renew(new Error(event.message));
      };
      worker.onmessage = ({ data }: MessageEvent<WorkerAnswer>) => {
        signal.removeEventListener("abort", abort);
        if (data.result) resolve(data.result);
        else {reject(
            data.refusal
              ? new Refusal(data.refusal.code, data.refusal.message)
              : new Error(data.failure),
          );}
      };
      worker.postMessage(order);
    });
  };

  stop(): void {
    this.#worker.terminate();
  }
}

function startWorker(): Worker {
  return new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
}
