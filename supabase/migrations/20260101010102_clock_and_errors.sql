-- The clock and the one way in which SQL reports a problem to a caller.

create function private.now()
returns timestamptz
language plpgsql
stable
set search_path = ''
as $$
begin
  return pg_catalog.now();
end
$$;

comment on function private.now() is
  'The only clock of the migrations: every default, expiry and comparison asks it, so that a test platform can replace this one function.';

grant execute on function private.now() to authenticated, service_role;

create function private.raise_problem(
  status integer,
  code text,
  detail text,
  extra jsonb default '{}'
)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'PT' || status,
    message = code,
    detail = raise_problem.detail,
    hint = extra::text;
end
$$;

comment on function private.raise_problem(integer, text, text, jsonb) is
  'Raises the problem `code` with the HTTP status it maps to (400 to 599), a sentence for people and structured extras. PTnnn is the form that the Data API turns into a status.';

grant execute on function private.raise_problem(integer, text, text, jsonb) to authenticated, service_role;

create function private.require_key(key text)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  if key is null or length(key) not between 1 and 300 then
    perform private.raise_problem(422, 'invalid_request', 'The idempotency key must have 1 to 300 characters.',
      '{"field": "Idempotency-Key"}');
  end if;
end
$$;

comment on function private.require_key(text) is
  'Refuses an idempotency key that is null, empty or longer than 300 characters (invalid_request, 422): the 255 that a caller may send and a prefix of ours.';

grant execute on function private.require_key(text) to authenticated, service_role;

create function private.row_of_key(product text, kind text, caller uuid, key text)
returns uuid
language sql
immutable
set search_path = ''
return (
  select (substr(digest, 1, 12) || '8' || substr(digest, 14, 3) || '9' || substr(digest, 18, 15))::uuid
  from encode(sha256(convert_to(format('%s.%s/%s/%s', product, kind, caller, key), 'UTF8')), 'hex') digest
);

comment on function private.row_of_key(text, text, uuid, text) is
  'The row that a caller''s idempotency key stands for, by product and kind of request (a version 8 UUID): a retry finds it by its id, and a refused attempt has the same body.';

create function private.fingerprint(body jsonb)
returns bytea
language plpgsql
immutable
set search_path = ''
as $$
begin
  return sha256(convert_to(body::text, 'UTF8'));
end
$$;

comment on function private.fingerprint(jsonb) is
  'SHA-256 of a request''s body. jsonb orders its keys, so equal bodies have equal fingerprints.';

grant execute on function private.fingerprint(jsonb) to authenticated, service_role;
