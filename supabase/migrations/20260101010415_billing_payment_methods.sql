-- Saved payment methods: by what a provider may be asked to charge somebody who is not there.

create table billing.payment_methods (
  product text not null,
  holder uuid not null,
  provider text not null check (provider ~ '^[a-z][a-z_]{1,19}$'),
  provider_customer_id text not null check (provider_customer_id <> ''),
  provider_method_id text not null check (provider_method_id <> ''),
  saved_at timestamptz not null,
  primary key (product, holder, provider),
  foreign key (product, holder) references ledger.holders (product, holder)
);

create index payment_methods_by_provider on billing.payment_methods (provider, provider_method_id);

alter table billing.payment_methods enable row level security;

comment on table billing.payment_methods is
  'The payment method that a holder saved at a provider; the newest. Only the provider''s names for it: no card data comes here.';

create function billing.note_customer(product text, holder uuid, provider text, customer_id text)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  if customer_id <> '' then
    insert into billing.customers as c (product, holder, provider, provider_customer_id)
    values (product, holder, provider, customer_id)
    on conflict on constraint customers_pkey do update set provider_customer_id = excluded.provider_customer_id
    where c.provider_customer_id <> excluded.provider_customer_id;
  end if;
end
$$;

comment on function billing.note_customer(text, uuid, text, text) is 'Notes who a holder is at a payment provider; null and empty say nothing.';

create function billing.note_method(provider text, effect jsonb, occurred_at timestamptz)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
begin
  if effect ->> 'kind' = 'method_removed' then
    delete from billing.payment_methods m
    where m.provider = note_method.provider and m.provider_method_id = effect ->> 'payment_method_id';
    return billing.verdict(case when found then 'applied' else 'ignored' end, 'removed');
  end if;
  if effect ->> 'product' is null or effect ->> 'holder' is null then
    return billing.verdict('ignored', 'not_ours');
  end if;
  perform private.admit(effect ->> 'product', (effect ->> 'holder')::uuid);
  insert into billing.payment_methods as m (product, holder, provider, provider_customer_id, provider_method_id, saved_at)
  values (effect ->> 'product', (effect ->> 'holder')::uuid, provider, effect ->> 'customer_id', effect ->> 'payment_method_id', occurred_at)
  on conflict on constraint payment_methods_pkey do update
  set provider_customer_id = excluded.provider_customer_id, provider_method_id = excluded.provider_method_id, saved_at = excluded.saved_at
  where m.saved_at <= excluded.saved_at;
  if not found then
    return billing.verdict('ignored', 'stale');
  end if;
  perform billing.note_customer(effect ->> 'product', (effect ->> 'holder')::uuid, provider, effect ->> 'customer_id');
  perform audit.record('payment_method.saved', 'user:' || (effect ->> 'holder'), jsonb_build_object('product', effect -> 'product'));
  return billing.verdict('applied');
end
$$;

comment on function billing.note_method(text, jsonb, timestamptz) is
  'The provider says that a holder saved a payment method, or that one is gone.';
