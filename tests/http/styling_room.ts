import { Webhook } from "standardwebhooks";
import type { FakeProvider } from "../../packages/predictions/fake_provider.ts";
import { callJson, type User } from "../harness/platform.ts";
import { uploaded } from "./fitting_room.ts";
import { freshKey } from "./people.ts";
import { type Asked, PlayedProvider } from "./played_provider.ts";

type Ending = { output: unknown } | { error: string };

const secret = `whsec_${btoa("a secret of 24 characters")}`;

/** An AI provider that speaks Replicate's protocol and ends its predictions when a test says so. */
export class StylingRoom extends PlayedProvider<Ending> {
  /** Opens it and points the functions' style analyses at it. */
  static async open(): Promise<StylingRoom> {
    return await new StylingRoom().opened();
  }

  protected environment({ url }: FakeProvider): Record<string, string> {
    return {
      STYLE_ANALYSIS_PROVIDER: "replicate",
      REPLICATE_API_URL: url,
      REPLICATE_WEBHOOK_SECRET: secret,
      REPLICATE_STYLE_ANALYSIS_MODEL: "studio/stylist",
    };
  }

  protected async taken(request: Request): Promise<Omit<Asked, "id"> | null> {
    const model = /^\/v1\/models\/(.+)\/predictions$/.exec(new URL(request.url).pathname)?.[1];
    if (!model) return null;
    const { input, webhook } = await request.json();
    return { model, inputs: input, webhook };
  }

  protected shown(id: string, ending?: Ending): Record<string, unknown> {
    if (!ending) return { id, status: "processing" };
    return { id, status: "output" in ending ? "succeeded" : "failed", ...ending };
  }

  protected override signature(body: string): Record<string, string> {
    const [id, at] = [`msg_${crypto.randomUUID()}`, new Date()];
    return {
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": new Webhook(secret).sign(id, at, body),
    };
  }
}

/** A style analysis as the function answers it. */
export type StyleAnalysisBody = {
  style_analysis_id: string;
  session_id: string;
  status: string;
  credits_held: number;
  credits_used: number;
  engine: string | null;
  failure: { code: string; message: string } | null;
  analysis: Record<string, Record<string, unknown>> | null;
};

const colour = { name: "navy", hex: "#14213d", lab: [14, 3, -19] };

/** A small analysis as any engine may give it. */
export const smallAnalysis = {
  palette: { skin: [{ ...colour, share: 1 }], hair: [], top: [], bottom: [] },
  season: { name: "winter", undertone: "cool" },
  proportions: {
    shoulder_to_hip: { value: 1.5, unit: "ratio", confidence: 0.8 },
    shape: { name: "rectangle", confidence: 0.7 },
  },
  profile: { summary: "Winter: a cool undertone." },
  recommendations: { colours: { wear: [colour], avoid: [] }, necklines: [], fits: [] },
  confidence: { palette: 0.8, season: 0.6 },
};

/** Asks for a style analysis of a new photo. */
export async function startStyleAnalysis<T = StyleAnalysisBody>(
  user: User,
  change: { body?: Record<string, unknown>; key?: string; photo?: Uint8Array } = {},
): Promise<{ status: number; headers: Headers; body: T }> {
  const photo_path = await uploaded(user, change.photo);
  return await callJson<T>("style-analysis", {
    caller: user,
    key: change.key ?? freshKey(),
    body: { product: "modera", photo_path, ...change.body },
  });
}

/** How somebody's style analysis stands. */
export async function readStyleAnalysis(user: User, id: string): Promise<StyleAnalysisBody> {
  return (await callJson<StyleAnalysisBody>(`style-analysis/${id}`, { caller: user })).body;
}
