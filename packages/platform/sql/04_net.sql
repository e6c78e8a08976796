-- pg_net's surface as hosted projects have it. packages/platform/net sends what is queued.

create schema net;
create domain net.http_method as text check (value in ('GET', 'POST', 'DELETE'));

create table net.http_request_queue (
  id bigserial primary key,
  method net.http_method not null,
  url text not null,
  headers jsonb,
  body bytea,
  timeout_milliseconds integer not null
);
alter table net.http_request_queue enable row level security;
create policy everyone on net.http_request_queue for select using (true);

create table net._http_response (
  id bigint,
  status_code integer,
  content_type text,
  headers jsonb,
  content text,
  timed_out boolean,
  error_msg text,
  created timestamptz not null default now()
);
create index _http_response_created_idx on net._http_response (created);
alter table net._http_response enable row level security;
create policy everyone on net._http_response for select using (true);

create function net._urlencode_string(string text)
returns text
language sql
immutable strict
set search_path = ''
as $$
  select coalesce(string_agg(
    case when letter ~ '^[A-Za-z0-9_.~-]$' then letter
      else regexp_replace(upper(encode(convert_to(letter, 'UTF8'), 'hex')), '(..)', '%\1', 'g') end, ''), '')
  from regexp_split_to_table(string, '') as letter
$$;

create function net._enqueue(method text, url text, params jsonb, headers jsonb, body bytea, timeout_milliseconds integer)
returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  request_id bigint;
  query constant text := (
    select string_agg(net._urlencode_string(key) || '=' || net._urlencode_string(value), '&')
    from jsonb_each_text(coalesce(params, '{}'))
  );
begin
  if _enqueue.url !~* '^https?://' then
    raise exception 'Couldn''t resolve proxy name or malformed URL: %', _enqueue.url using errcode = 'invalid_parameter_value';
  end if;
  insert into net.http_request_queue (method, url, headers, body, timeout_milliseconds)
  values (_enqueue.method, _enqueue.url || coalesce(case when _enqueue.url ~ '\?' then '&' else '?' end || query, ''),
    _enqueue.headers, _enqueue.body, _enqueue.timeout_milliseconds)
  returning id into request_id;
  perform pg_notify('platform_net', '');
  return request_id;
end
$$;
comment on function net._enqueue is 'Queues a request, sent after commit. Definer: the queue is written by this function alone.';

create function net.http_get(
  url text, params jsonb default '{}', headers jsonb default '{}', timeout_milliseconds integer default 5000
)
returns bigint language sql security definer set search_path = ''
as $$ select net._enqueue('GET', url, params, headers, null, timeout_milliseconds) $$;

create function net.http_post(
  url text, body jsonb default '{}', params jsonb default '{}',
  headers jsonb default '{"Content-Type": "application/json"}', timeout_milliseconds integer default 5000
)
returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  content_type constant text := (
    select value from jsonb_each_text(coalesce(headers, '{}')) where lower(key) = 'content-type' limit 1
  );
begin
  if content_type is not null and content_type not like 'application/json%' then
    raise exception 'Content-Type header must be "application/json"';
  end if;
  return net._enqueue('POST', url, params,
    case when content_type is null then coalesce(headers, '{}') || '{"Content-Type": "application/json"}' else headers end,
    convert_to(body::text, 'UTF8'), timeout_milliseconds);
end
$$;

create function net.http_delete(
  url text, params jsonb default '{}', headers jsonb default '{}', timeout_milliseconds integer default 5000,
  body jsonb default null
)
returns bigint language sql security definer set search_path = ''
as $$ select net._enqueue('DELETE', url, params, headers, convert_to(body::text, 'UTF8'), timeout_milliseconds) $$;

revoke execute on all functions in schema net from public;
grant usage on schema net to postgres, service_role;
grant execute on function net.http_get, net.http_post, net.http_delete to postgres, service_role;
grant select on net.http_request_queue, net._http_response to postgres, service_role;
grant delete on net._http_response to postgres;
