-- The call surface of admins.

create function api.require_admin(product text default null)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  perform private.require_admin(product);
  return '{}';
end
$$;

comment on function api.require_admin(text) is
  'Answers {} to an admin of the product (without one, of any), and admin_required (403) to everybody else.';

grant execute on function api.require_admin(text) to authenticated;
