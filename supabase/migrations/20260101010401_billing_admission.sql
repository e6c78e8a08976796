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
end
$$;

comment on function private.admit(text, uuid) is
  'Calls the product''s hook private.<product>_admit(user_id), which creates the user''s row there and registers the ledger holder; idempotent. Without a hook: unknown_product (404). Called by definer functions only.';
