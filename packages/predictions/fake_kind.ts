import type { PredictionKind, Settled, Submission } from "./kind.ts";
import type { PredictionOutput } from "./prediction.ts";

/** A product's kind of prediction for unit tests: keeps what it is told. */
export class FakeKind implements PredictionKind {
  readonly kind = "test.picture";
  readonly operation = "try-on";
  readonly told: string[] = [];
  /** What `submission` answers. */
  asks: Submission | Settled = { input: { person_image: "http://x/p" } };
  /** Thrown by `succeeded` when set. */
  obstacle: unknown;

  submission(): Promise<Submission | Settled> {
    return Promise.resolve(this.asks);
  }

  submitted(_deps: unknown, id: string, provider: string, providerId: string): Promise<void> {
    this.told.push(`submitted ${id} ${provider} ${providerId}`);
    return Promise.resolve();
  }

  succeeded(_deps: unknown, id: string, output: PredictionOutput): Promise<void> {
    if (this.obstacle !== undefined) return Promise.reject(this.obstacle);
    this.told.push(`succeeded ${id} ${output.image}`);
    return Promise.resolve();
  }

  failed(_deps: unknown, id: string, code: string): Promise<void> {
    this.told.push(`failed ${id} ${code}`);
    return Promise.resolve();
  }
}
