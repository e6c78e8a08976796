-- First contact of a user with a product.

create function private.admit(product text, user_id uuid)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  if product is null or to_regprocedure(format('private.%I(uuid)', product || '_admit')) is null then
    perform private.raise_problem(404, 'unknown_product', 'There is no such product.', '{"field": "product"}');
  end if;
  execute format('select private.%I($1)', product || '_admit') using user_id;
  -- Whoever acts for somebody else, an admin or a provider, is not kept from it.
  if user_id = auth.uid() then
    perform private.require_active(product, user_id);
  end if;
end
$$;

comment on function private.admit(text, uuid) is
  'Calls the product''s hook private.<product>_admit(user_id), which creates the user''s row there and registers the ledger holder; idempotent. Without a hook: unknown_product (404). To the caller a closed account is forbidden (403). Called by definer functions only.';

create function private.is_active(product text, user_id uuid)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
declare
  active boolean;
begin
  if to_regprocedure(format('private.%I(uuid)', product || '_is_active')) is null then
    return true;
  end if;
  execute format('select private.%I($1)', product || '_is_active') into active using user_id;
  return coalesce(active, true);
end
$$;

comment on function private.is_active(text, uuid) is
  'Whether somebody''s account in a product is open, by its hook private.<product>_is_active(user_id); open where nobody says otherwise, or the product closes none.';

create function private.require_active(product text, user_id uuid)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  if not private.is_active(product, user_id) then
    perform private.raise_problem(403, 'forbidden', 'This account is closed.');
  end if;
end
$$;

comment on function private.require_active(text, uuid) is
  'Raises forbidden (403) for a closed account: it starts and buys nothing. What is its person''s they can read, export and have erased.';
