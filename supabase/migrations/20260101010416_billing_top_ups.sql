-- Automatic top-up: what people agreed to, and each attempt to charge them.

create table billing.top_ups (
  product text not null,
  holder uuid not null,
  enabled boolean not null,
  offer_code text not null,
  currency text not null references billing.currencies (code),
  cap bigint not null check (cap > 0),
  declines integer not null default 0 check (declines >= 0),
  retry_at timestamptz,
  switched_off text check (switched_off ~ '^[a-z_]{1,60}$'),
  agreed_at timestamptz not null default private.now(),
  updated_at timestamptz not null default private.now(),
  primary key (product, holder),
  foreign key (product, holder) references ledger.holders (product, holder),
  foreign key (product, offer_code) references billing.offers (product, code),
  constraint top_ups_switched_off check (switched_off is null or not enabled)
);

create index top_ups_by_offer on billing.top_ups (product, offer_code);
create index top_ups_by_currency on billing.top_ups (currency);

alter table billing.top_ups enable row level security;

create trigger top_ups_touch before update on billing.top_ups
  for each row execute function private.touch_updated_at();

comment on table billing.top_ups is
  'Who agreed to buy an offer by themselves when credits run low. The threshold is that of credits.low (ledger.low_balance_alerts).';
comment on column billing.top_ups.cap is 'The most that may be charged within 30 days, in minor units of the currency.';
comment on column billing.top_ups.declines is 'Attempts declined since the last that succeeded.';
comment on column billing.top_ups.retry_at is 'Nothing is attempted before this time.';
comment on column billing.top_ups.switched_off is 'Why we ended it; null when the person did, or it is on.';

create type billing.top_up_state as enum ('open', 'succeeded', 'failed');
comment on type billing.top_up_state is 'open: the provider was or will be asked. A failed attempt whose money comes all the same has succeeded.';

insert into private.transitions (machine, from_state, to_state) values
  ('billing.top_up_attempts.state', 'open', 'succeeded'),
  ('billing.top_up_attempts.state', 'open', 'failed'),
  ('billing.top_up_attempts.state', 'failed', 'succeeded');

create table billing.top_up_attempts (
  id uuid primary key default gen_random_uuid(),
  product text not null,
  holder uuid not null,
  trigger text not null check (length(trigger) between 1 and 255),
  invoice_id uuid not null unique references billing.invoices (id),
  state billing.top_up_state not null default 'open',
  failure text check (length(failure) <= 100),
  created_at timestamptz not null default private.now(),
  concluded_at timestamptz,
  unique (product, holder, trigger),
  foreign key (product, holder) references ledger.holders (product, holder),
  constraint top_up_attempts_end check ((state = 'open') = (concluded_at is null))
);

create unique index top_up_attempts_one_open on billing.top_up_attempts (product, holder) where state = 'open';

alter table billing.top_up_attempts enable row level security;

create trigger top_up_attempts_move_legally before update of state on billing.top_up_attempts
  for each row execute function private.guard_transition('state');
create trigger top_up_attempts_are_kept before delete or truncate on billing.top_up_attempts
  for each statement execute function private.refuse_change();

comment on table billing.top_up_attempts is
  'Each attempt to charge a saved payment method, with its invoice; one open at a time. The attempt''s id is the provider''s idempotency key.';
comment on column billing.top_up_attempts.trigger is 'What it was made for, such as the key of a fact credits.low: one attempt for each.';

create function billing.top_up_price(setting billing.top_ups)
returns billing.prices
language sql
stable
set search_path = ''
begin atomic
  select p.* from billing.offers o join billing.prices p on p.offer_id = o.id and p.retired_at is null
  where o.product = setting.product and o.code = setting.offer_code and o.active and o.kind = 'pack' and p.currency = setting.currency;
end;

comment on function billing.top_up_price(billing.top_ups) is 'The live price that a top-up would pay; null when it is not sold any more.';

create function billing.top_up_spent(setting billing.top_ups)
returns bigint
language sql
stable
set search_path = ''
begin atomic
  select coalesce(sum(i.amount), 0)::bigint
  from billing.top_up_attempts t join billing.invoices i on i.id = t.invoice_id
  where t.product = setting.product and t.holder = setting.holder and t.state <> 'failed'
    and i.currency = setting.currency and t.created_at > private.now() - interval '30 days';
end;

comment on function billing.top_up_spent(billing.top_ups) is 'What top-ups charged, or are charging, within 30 days, in the currency of the setting.';

create function billing.top_up_method(setting billing.top_ups)
returns billing.payment_methods
language sql
stable
set search_path = ''
begin atomic
  select m.* from billing.payment_methods m where m.product = setting.product and m.holder = setting.holder and m.provider = 'stripe';
end;

comment on function billing.top_up_method(billing.top_ups) is 'The saved payment method of who agreed to top-ups; null when there is none.';

create function billing.queue_top_up(product text, holder uuid, trigger text, run_at timestamptz default null)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  perform jobs.enqueue('billing.top-up', jsonb_build_object('product', product, 'holder', holder, 'trigger', trigger),
    format('%s/%s/%s', product, holder, trigger), run_at, 20);
end
$$;

comment on function billing.queue_top_up(text, uuid, text, timestamptz) is
  'Has the worker attempt a top-up, now or later. Whether there is to be one is asked when it comes to it.';
