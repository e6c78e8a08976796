import { encodePng } from "../../packages/dtf/convert/png.ts";
import type { Raster } from "../../packages/dtf/convert/raster.ts";
import { eventually } from "../harness/eventually.ts";
import { callJson, service, type User } from "../harness/platform.ts";

/** A picture as the functions of DTF Editor show it. */
export interface ShownImage {
  image_id: string;
  filename: string;
  status: string;
  error: string | null;
  type: string;
  width: number;
  height: number;
  has_alpha: boolean;
  dpi: number;
  print_width_cm: number;
  sha256: string;
  is_favorite: boolean;
  download_count: number;
  thumbnail_url: string | null;
}

/** A drawing: a red disc on nothing, `side` pixels wide. */
export function disc(side = 64): Raster {
  const pixels = new Uint8Array(side * side * 4);
  for (let i = 0; i < side * side; i++) {
    const [x, y] = [i % side - side / 2, Math.floor(i / side) - side / 2];
    const inside = x * x + y * y < side * side / 5;
    pixels.set(inside ? [220, 20, 30, 255] : [0, 0, 0, 0], i * 4);
  }
  return { width: side, height: side, channels: 4, pixels };
}

/** That drawing as a PNG. */
export const discPng = (side?: number): Promise<Uint8Array> => encodePng(disc(side));

interface Reserved {
  image_id: string;
  bucket: string;
  path: string;
  token: string;
  url: string;
}

/** Makes room for a picture and uploads the bytes, as an app does; nothing is confirmed. */
export async function reservedPicture(
  person: User,
  bytes?: Uint8Array,
  { filename = "art.png", content_type = "image/png" } = {},
): Promise<Reserved> {
  const file = bytes ?? await discPng();
  const { status, body } = await callJson<Reserved>("image-upload", {
    caller: person,
    body: { filename, content_type, size: file.length },
  });
  if (status !== 201) throw new Error(JSON.stringify(body));
  const { error } = await person.client.storage.from(body.bucket)
    .uploadToSignedUrl(body.path, body.token, file, { contentType: content_type });
  if (error) throw error;
  return body;
}

/** Says that the file of a picture is there. */
export const confirm = <T = ShownImage>(person: User, id: string) =>
  callJson<T>(`image-upload/${id}`, { caller: person, method: "POST" });

/** A picture that was uploaded and confirmed. */
export async function uploadedPicture(person: User, bytes?: Uint8Array): Promise<ShownImage> {
  const { image_id } = await reservedPicture(person, bytes);
  const { status, body } = await confirm(person, image_id);
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body;
}

/** A collection with one picture. */
export async function madeCollection(
  person: User,
  isPublic: boolean,
): Promise<{ collection_id: string; image_id: string }> {
  const { image_id } = await uploadedPicture(person);
  const { body: { collection_id } } = await callJson<{ collection_id: string }>("collections", {
    caller: person,
    body: { name: "Summer" },
  });
  await callJson(`collections/${collection_id}/images/${image_id}`, {
    caller: person,
    method: "PUT",
  });
  if (isPublic) {
    await callJson(`collections/${collection_id}`, {
      caller: person,
      method: "PATCH",
      body: { is_public: true },
    });
  }
  return { collection_id, image_id };
}

/** What `image-download` answers. */
export type Download = {
  url: string;
  filename: string;
  dpi: number;
  print_width_cm: number;
  download_count: number;
};

/** Asks for a picture as a file. */
export const download = <T = Download>(caller: User, body: object) =>
  callJson<T>("image-download", { caller, body });

/** The bytes behind an address. */
export const fetched = async (url: string) => Buffer.from(await (await fetch(url)).arrayBuffer());

/** The small picture of a picture, once there is one. */
export async function thumbnailOf(person: User, id: string): Promise<Buffer> {
  const { body } = await eventually(
    () => callJson<ShownImage>(`images/${id}`, { caller: person }),
    ({ body }) => body.thumbnail_url !== null,
    30_000,
  );
  return await fetched(body.thumbnail_url!);
}

/** How many files there are below a path of the bucket. */
export async function filesBelow(path: string): Promise<number> {
  return (await namesIn(path)).length;
}

/** Names of the files below a path. */
export async function namesIn(path: string): Promise<string[]> {
  const [, folder] = /^(.*)\/[^/]*$/.exec(path)!;
  const { data, error } = await service().storage.from("dtf-images").list(folder);
  if (error) throw error;
  return data.map(({ name }) => name);
}
