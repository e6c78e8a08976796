-- Who is calling: the API role, and the request that the call belongs to.

create function private.caller_role()
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
  return coalesce(nullif(current_setting('role', true), 'none'), session_user::text);
end
$$;

comment on function private.caller_role() is
  'The role the request was given (anon, authenticated, service_role), or the login role outside a request. Definer functions do not change it.';

create function private.request_id()
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
  return left(coalesce(
    nullif(current_setting('request.id', true), ''),
    nullif(current_setting('request.headers', true), '')::jsonb ->> 'x-request-id'
  ), 128);
end
$$;

comment on function private.request_id() is
  'X-Request-Id of the HTTP request: the setting request.id on a direct connection, the header through the Data API; null elsewhere.';

create function private.traceparent()
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
  return substring(coalesce(
    nullif(current_setting('request.traceparent', true), ''),
    nullif(current_setting('request.headers', true), '')::jsonb ->> 'traceparent'
  ) from '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$');
end
$$;

comment on function private.traceparent() is
  'The trace that the HTTP request belongs to (W3C Trace Context), by the setting request.traceparent or the header; null elsewhere.';

grant execute on function private.caller_role() to authenticated, service_role;
grant execute on function private.request_id() to authenticated, service_role;
grant execute on function private.traceparent() to authenticated, service_role;
