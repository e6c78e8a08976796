import type { JSONValue } from "postgres";
import { Kernel } from "../kernel/kernel.ts";

/** A person of acme's audience: `name` is their own variable. */
export interface Addressee {
  person?: string;
  address: string;
  name?: string | null;
}

/** A batch as workers claim it. */
export interface Claimed {
  state?: string;
  wait_seconds?: number;
  batch?: {
    batch_id: string;
    template: { subject: string; html: string; text: string; variables: unknown[] };
    messages: { message_id: string; to: string; digest: string; variables: JSONValue }[];
  };
}

/** The words of a template that a campaign may use. */
export const words = {
  subject: "Hello {{name}}",
  html: '<p>Hi {{ name }}, {{offer}}</p><a href="{{unsubscribe_url}}">Stop</a>',
  plain: "Hi {{name}}, {{offer}}\n{{unsubscribe_url}}",
  variables: [{ name: "name", type: "text" }, { name: "offer", type: "text", default: "hello" }],
};

/** The post of a product `acme` whose audience is the rows of a table, in a database of its own. */
export class Post implements AsyncDisposable {
  private constructor(readonly kernel: Kernel, readonly admin: string) {}

  static async open(): Promise<Post> {
    const kernel = await Kernel.open();
    const admin = await kernel.user();
    await kernel.sql.unsafe(`
      create table private.acme_people (person uuid default gen_random_uuid(), address text, name text);
      create function private.acme_audience(filter jsonb)
      returns table (person uuid, address text, variables jsonb)
      language plpgsql stable security definer set search_path = '' as $$
      begin
        if filter - '{name}'::text[] <> '{}' then
          perform private.raise_problem(422, 'invalid_request', 'Unknown.', '{"field": "audience"}');
        end if;
        return query select p.person, p.address, jsonb_build_object('name', p.name) from private.acme_people p
          where not filter ? 'name' or p.name = filter ->> 'name';
      end $$;
      select private.appoint_admin('${admin}', 'acme', 'writes')`);
    return new Post(kernel, admin);
  }

  /** Calls `api.<name>` as acme's admin. */
  asAdmin<T>(name: string, args: object): Promise<T> {
    return this.kernel.call<T>("authenticated", this.admin, name, args);
  }

  /** Saves a template; a version of `words` unless said. */
  template(name: string, change: object = {}): Promise<{ version: number; template_id: string }> {
    return this.asAdmin("save_mail_template", { product: "acme", name, ...words, ...change });
  }

  /** Adds people to acme's audience. */
  async people(...people: Addressee[]): Promise<void> {
    for (const { person = crypto.randomUUID(), address, name = "Kim" } of people) {
      await this.kernel
        .sql`insert into private.acme_people values (${person}, ${address}, ${name})`;
    }
  }

  /** Adds `size` people, each with an address of their own, to acme's audience. */
  async crowd(size: number): Promise<void> {
    await this.kernel.sql`
      insert into private.acme_people (address, name)
      select n || '@example.com', 'Kim' from generate_series(1, ${size}::integer) n`;
  }

  /** A campaign with the template `news`, which must be there. */
  async draft(change: object = {}): Promise<string> {
    const { campaign_id } = await this.asAdmin<{ campaign_id: string }>("draft_campaign", {
      product: "acme",
      name: "Spring",
      template: "news",
      audience: {},
      variables: {},
      per_minute: 60_000,
      ...change,
    });
    return campaign_id;
  }

  /** Schedules a campaign for now and queues its messages. */
  async begin(campaign_id: string): Promise<{ state: string; reason?: string }> {
    await this.asAdmin("schedule_campaign", { campaign_id });
    return await this.kernel.service("begin_campaign", { campaign_id });
  }

  claim(campaign_id: string): Promise<Claimed> {
    return this.kernel.service("claim_mail_batch", { campaign_id });
  }

  /** Says that the mail service took every message of a batch, and calls it by its address. */
  async finish({ batch }: Claimed): Promise<void> {
    const results = batch!.messages.map(({ message_id, to }) => ({
      message_id,
      provider_message_id: `re_${to}`,
    }));
    await this.kernel.service("finish_mail_batch", { batch_id: batch!.batch_id, results });
  }

  /** How many messages of a campaign are in each state. */
  async states(campaign_id: string): Promise<Record<string, number>> {
    const rows = await this.kernel.sql`
      select state, count(*)::int as messages from mail.messages where campaign_id = ${campaign_id} group by state`;
    return Object.fromEntries(rows.map(({ state, messages }) => [state, messages]));
  }

  /** The mail service tells of the message to an address. */
  event(id: string, state: string | null, address: string, permanent = true): Promise<
    { outcome: string }
  > {
    return this.kernel.service("receive_mail_event", {
      event_id: id,
      event_type: `email.${state}`,
      occurred_at: new Date(),
      message_id: `re_${address}`,
      state,
      permanent,
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kernel[Symbol.asyncDispose]();
  }
}

/** The problem's code that a call is refused with. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("It was not refused.");
}
