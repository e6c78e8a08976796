import sharp from "sharp";
import { imagingProcess } from "../../packages/platform/engines.ts";
import { type Figure, figureOf, type Limit, type Measurement } from "./measurement.ts";
import { root, type Stage } from "./stage.ts";

/** The local imaging engine as a process of its own, and pictures that it can fetch. */
interface Engine {
  pid: number;
  /** Seconds that the engine says a prediction took: fetching, decoding, work and encoding. */
  seconds(model: string, input: Record<string, unknown>): Promise<number>;
  /** The address of a picture. */
  address(name: string, bytes: Uint8Array): string;
}

const fixture = (name: string) => Deno.readFile(`${root}/packages/imaging/fixtures/${name}`);

async function startEngine(stage: Stage): Promise<Engine> {
  const { command, ...options } = imagingProcess(root, {
    token: "bench",
    webhook: "whsec_YmVuY2g=",
  });
  const child = new Deno.Command(command, { ...options, stdout: "piped", stderr: "null" }).spawn();
  stage.defer(async () => {
    child.kill();
    await child.status;
  });
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  while (!said.includes("\n")) said += (await reader.read()).value ?? "";
  await reader.cancel();
  const { url } = JSON.parse(said);

  const pictures = new Map<string, Uint8Array>();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => new Response(new Uint8Array(pictures.get(new URL(request.url).pathname) ?? [])),
  );
  stage.defer(() => server.shutdown());

  const call = async (path: string, body?: unknown) => {
    const response = await fetch(`${url}${path}`, {
      method: body ? "POST" : "GET",
      headers: { authorization: "Bearer bench", "content-type": "application/json" },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return await response.json();
  };
  return {
    pid: child.pid,
    address(name, bytes) {
      pictures.set(`/${name}`, bytes);
      return `http://127.0.0.1:${server.addr.port}/${name}`;
    },
    async seconds(model, input) {
      let made = await call(`/v1/models/tessera/${model}/predictions`, { input });
      while (!made.completed_at) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        made = await call(`/v1/predictions/${made.id}`);
      }
      if (made.status !== "succeeded") throw new Error(`${model}: ${made.error}`);
      return made.metrics.predict_time;
    },
  };
}

/** A photo of that size, as a PNG. */
async function photo(width: number, height: number): Promise<Uint8Array> {
  const portrait = await fixture("astronaut.png");
  return await sharp(portrait).resize(width, height, { fit: "cover" }).png().toBuffer();
}

/** Work of the engine, three times after once for nothing: whoever measures wants the models loaded. */
function timed(
  name: string,
  model: string,
  pictures: Record<string, () => Promise<Uint8Array>>,
  options: Record<string, unknown> = {},
  limit?: Limit,
): Measurement {
  return {
    name: `imaging: ${name}`,
    ...(limit ? { limit } : {}),
    async run(stage): Promise<Figure> {
      const engine = await stage.shared(startEngine);
      const input: Record<string, unknown> = { ...options };
      for (const [member, bytes] of Object.entries(pictures)) {
        input[member] = engine.address(`${model}-${member}`, await bytes());
      }
      await engine.seconds(model, input);
      const rounds: number[] = [];
      for (let round = 0; round < 3; round++) rounds.push(await engine.seconds(model, input));
      return figureOf(rounds, "s");
    },
  };
}

const threeSeconds: Limit = { must: 3, atMost: true };
const person = () => fixture("person.png");

/** What the imaging engine takes of time and memory; the last row is of all those before it. */
export const imaging: Measurement[] = [
  timed(
    "background removal, photo of 1000 × 1300",
    "background-removal",
    { image: () => photo(1000, 1300) },
    {},
    threeSeconds,
  ),
  timed(
    "background removal, drawing of 1000 × 1300",
    "background-removal",
    { image: async () => await sharp(await fixture("hoodie.png")).resize(1000, 1300).toBuffer() },
    {},
    threeSeconds,
  ),
  timed(
    "vectorise, photo of 1000 × 1000",
    "vectorize",
    { image: () => photo(1000, 1000) },
    {},
    threeSeconds,
  ),
  timed(
    "upscale 2 times, 2000 × 2000",
    "upscale",
    { image: () => photo(2000, 2000) },
    { scale: 2 },
    threeSeconds,
  ),
  timed("upscale 4 times, 1000 × 1000", "upscale", { image: () => photo(1000, 1000) }, {
    scale: 4,
  }),
  timed("upscale 4 times, 1750 × 1750", "upscale", { image: () => photo(1750, 1750) }, {
    scale: 4,
  }),
  timed("try-on, 1000 × 1300", "try-on", {
    person_image: person,
    garment_image: () => fixture("t-shirt-striped.png"),
  }),
  timed("style analysis, 1000 × 1300", "style-analysis", { photo_image: person }),
  {
    name: "imaging: memory of the engine at its most",
    limit: { must: 1200, atMost: true },
    async run(stage) {
      const { pid } = await stage.shared(startEngine);
      const status = await Deno.readTextFile(`/proc/${pid}/status`);
      return figureOf([Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024], "MB");
    },
  },
];
