import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import type { Session } from "../database/database.ts";
import { type Storage, storageProblem, type StoredFile } from "../storage/storage.ts";
import type { ArchiveFile } from "./zip.ts";

/** A part of an export: the rows of one table. */
export interface Section {
  name: string;
  table: string;
}

const rows = z.array(z.record(z.string(), z.unknown())).nullable();

const files = z.array(z.object({
  bucket: z.string(),
  path: z.string(),
  size: z.int(),
  created_at: z.string(),
})).nullable();

/** Rows and files that are asked for at a time. */
const page = 500;

const encoder = new TextEncoder();

/** What the files of an archive are read from. */
export interface ArchiveSources {
  service: Session;
  storage: Storage;
  exportId: string;
  sections: readonly Section[];
  /** When the archive is made. */
  now: Date;
}

/** The files of an export: one of JSON for each section, then the person's stored files. */
export async function* archiveFiles(sources: ArchiveSources): AsyncGenerator<ArchiveFile> {
  const { now, sections } = sources;
  yield { name: "README.txt", modified: now, compress: true, content: readme(sections) };
  for (const section of sections) {
    const name = `data/${section.name}.json`;
    yield { name, modified: now, compress: true, content: jsonOf(sources, section) };
  }
  yield* storedFiles(sources);
}

async function* readme(sections: readonly Section[]): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const lines = [
    "Everything that we keep about you.",
    "",
    "data/    one JSON file for each kind of record, named as below",
    "files/   your pictures, by the place where they are kept",
    "",
    ...sections.map(({ name }) => `data/${name}.json`),
    "",
  ];
  yield await Promise.resolve(encoder.encode(lines.join("\n")));
}

/** The rows of a section as a JSON array, page by page. */
async function* jsonOf(
  { service, exportId }: ArchiveSources,
  { table }: Section,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let seen = 0;
  for (;;) {
    const args = { export_id: exportId, table_name: table, page_size: page, skip: seen };
    const found = readAnswer(rows, await service.rpc("api", "export_rows", args)) ?? [];
    const text = found.map((row) => JSON.stringify(row, null, 2)).join(",\n");
    yield encoder.encode((seen === 0 ? "[\n" : found.length > 0 ? ",\n" : "") + text);
    seen += found.length;
    if (found.length < page) break;
  }
  yield encoder.encode("\n]\n");
}

async function* storedFiles({ service, storage, exportId }: ArchiveSources) {
  let last: StoredFile = { bucket: "", path: "" };
  for (;;) {
    const args = {
      export_id: exportId,
      after_bucket: last.bucket,
      after_path: last.path,
      max: page,
    };
    const found = readAnswer(files, await service.rpc("api", "export_files", args)) ?? [];
    for (const file of found) {
      last = file;
      const content = await open(storage, file);
      if (!content) continue;
      const name = `files/${file.bucket}/${file.path.split("/").slice(1).join("/")}`;
      yield { name, modified: new Date(file.created_at), compress: false, content };
    }
    if (found.length < page) break;
  }
}

/** A stored file's bytes as they come; undefined when it was deleted since it was listed. */
async function open(
  storage: Storage,
  { bucket, path }: StoredFile,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>> | undefined> {
  const { data, error } = await storage.from(bucket).download(path).asStream();
  if (data) return data;
  const { status } = error as { status?: number };
  if (status === 404 || status === 400) return undefined;
  throw storageProblem(error);
}
