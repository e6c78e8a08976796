-- What admins see of a product's people, and the closing of accounts.

create index holders_by_arrival on ledger.holders (product, created_at desc, holder desc) where anonymised_at is null;

create function private.person_facts(product text, user_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  facts jsonb;
begin
  if to_regprocedure(format('private.%I(uuid)', product || '_person')) is null then
    return '{}';
  end if;
  execute format('select private.%I($1)', product || '_person') into facts using user_id;
  return coalesce(facts, '{}');
end
$$;

comment on function private.person_facts(text, uuid) is
  'What a product knows of a person besides what the kernel does, by its hook private.<product>_person(user_id): numbers, times and words that the person wrote for others to read, no addresses.';

create function private.person_answer(product text, person ledger.holders)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
  select jsonb_build_object(
    'user_id', person.holder, 'email', u.email, 'phone', nullif(u.phone, ''), 'is_active', private.is_active(product, person.holder),
    'came_at', person.created_at,
    'leaving_at', (select e.due_at from private.account_erasures e where e.user_id = person.holder and e.state in ('requested', 'running')),
    'plan', billing.plan_of(product, person.holder),
    'credits', (ledger.balance(product, person.holder) ->> 'available')::bigint, 'facts', private.person_facts(product, person.holder))
  from auth.users u where u.id = person.holder;
end;

comment on function private.person_answer(text, ledger.holders) is 'A person as admins are shown them in a list.';

create function private.people(product text, search text, active boolean, before timestamptz, before_id uuid, page_size integer)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  wanted constant text := lower(btrim(search));
begin
  perform billing.require_publisher(product);
  return (
    select coalesce(jsonb_agg(private.person_answer(people.product, row(p.product, p.holder, p.created_at, p.anonymised_at)::ledger.holders)
      order by p.created_at desc, p.holder desc), '[]')
    from (
      select h.* from ledger.holders h join auth.users u on u.id = h.holder
      where h.product = people.product and h.anonymised_at is null
        and (before is null or (h.created_at, h.holder) < (before, before_id))
        and (wanted is null or strpos(lower(u.email), wanted) > 0 or strpos(u.phone, ltrim(wanted, '+')) > 0 or h.holder::text = wanted)
        and (active is null or private.is_active(people.product, h.holder) = active)
      order by h.created_at desc, h.holder desc limit least(greatest(page_size, 1), 100)
    ) p
  );
end
$$;

comment on function private.people(text, text, boolean, timestamptz, uuid, integer) is
  'See api.people. Definer: addresses and balances are not for API roles; the caller must be an admin of the product.';

create function private.require_person(product text, user_id uuid)
returns ledger.holders
language plpgsql
stable
set search_path = ''
as $$
declare
  person ledger.holders;
begin
  perform billing.require_publisher(product);
  select h.* into person from ledger.holders h
  where h.product = require_person.product and h.holder = user_id and h.anonymised_at is null;
  if not found then
    perform private.raise_problem(404, 'holder_not_found', 'Nobody with this id is a person of this product.', '{"field": "id"}');
  end if;
  return person;
end
$$;

comment on function private.require_person(text, uuid) is
  'A person of a product, for its admins: else admin_required (403), unknown_product or holder_not_found (404).';

create function private.read_person(product text, user_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  person constant ledger.holders := private.require_person(product, user_id);
begin
  return private.person_answer(product, person) || jsonb_build_object(
    'balance', ledger.balance(product, user_id),
    'grants', ledger.live_grants(product, user_id),
    'subscription', (
      select jsonb_build_object('plan', p.code, 'state', s.state, 'current_period_end', s.current_period_end,
        'cancel_at_period_end', s.cancel_at_period_end)
      from billing.subscriptions s join billing.plans p on p.id = s.plan_id
      where s.product = read_person.product and s.holder = user_id and s.ended_at is null and not s.is_duplicate),
    'invoices', (
      select coalesce(jsonb_agg(jsonb_build_object('invoice_id', i.id, 'number', i.number, 'offer', i.offer_code, 'state', i.state,
        'amount', i.amount, 'currency', i.currency, 'credits', i.credits, 'created_at', i.created_at, 'paid_at', i.paid_at)
        order by i.created_at desc), '[]')
      from (
        select * from billing.invoices n where n.product = read_person.product and n.holder = user_id order by n.created_at desc limit 20
      ) i));
end
$$;

comment on function private.read_person(text, uuid) is 'See api.person. Definer: see private.people.';

create function private.set_active(product text, user_id uuid, active boolean, reason text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  person constant ledger.holders := private.require_person(product, user_id);
  changed boolean;
begin
  -- GUARD
  if coalesce(length(btrim(reason)), 0) not between 3 and 500 then
    perform private.raise_problem(422, 'invalid_request', 'Say why, in 3 to 500 characters.', '{"field": "reason"}');
  end if;
  if active is null then
    perform private.raise_problem(422, 'invalid_request', 'True or false.', '{"field": "active"}');
  end if;

  -- WRITE
  execute format('select private.%I($1, $2)', product || '_set_active') into changed using user_id, active;
  if changed then
    perform audit.record(case when active then 'account.opened' else 'account.closed' end, 'user:' || user_id,
      jsonb_build_object('product', product, 'reason', btrim(reason)));
    if not active then
      perform events.publish('account.closed', jsonb_build_object('product', product, 'holder', user_id),
        format('account.closed:%s:%s:%s', product, user_id, extract(epoch from private.now())));
    end if;
  end if;
  return private.person_answer(product, person);
end
$$;

comment on function private.set_active(text, uuid, boolean, text) is
  'See api.set_active. The product''s hook private.<product>_set_active(user_id, active) writes it and says whether anything changed. Definer: see private.people.';

create function api.people(
  product text, search text default null, active boolean default null, before timestamptz default null, before_id uuid default null,
  page_size integer default 50
)
returns jsonb
language sql
stable
set search_path = ''
return private.people(product, search, active, before, before_id, page_size);

comment on function api.people(text, text, boolean, timestamptz, uuid, integer) is
  'For admins of a product: its people, who came last first, 100 at most: [{user_id, email, phone, is_active, came_at, leaving_at, plan, credits, facts}]. search: a part of an address or phone number, or an id. (before, before_id): after this row.';

create function api.person(product text, user_id uuid)
returns jsonb
language sql
stable
set search_path = ''
return private.read_person(product, user_id);

comment on function api.person(text, uuid) is
  'For admins of a product: one person, with {balance, grants, subscription, invoices} besides what api.people shows. Nobody there: holder_not_found (404).';

create function api.set_active(product text, user_id uuid, active boolean, reason text)
returns jsonb
language sql
volatile
set search_path = ''
return private.set_active(product, user_id, active, reason);

comment on function api.set_active(text, uuid, boolean, text) is
  'For admins of a product: closes somebody''s account there, or opens it again, and says why. A closed account starts and buys nothing, and its subscription ends with its period. Idempotent: what is so already is neither done nor recorded again.';

grant execute on function private.people(text, text, boolean, timestamptz, uuid, integer) to authenticated;
grant execute on function private.read_person(text, uuid) to authenticated;
grant execute on function private.set_active(text, uuid, boolean, text) to authenticated;
grant execute on function api.people(text, text, boolean, timestamptz, uuid, integer) to authenticated;
grant execute on function api.person(text, uuid) to authenticated;
grant execute on function api.set_active(text, uuid, boolean, text) to authenticated;

select events.subscribe('account.closed', 'stripe.end-subscription');
