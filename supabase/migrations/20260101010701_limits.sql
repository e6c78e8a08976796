-- Rate limits: a bucket that leaks at an even pace, in one row and one statement.

create unlogged table limits.buckets (
  bucket text primary key check (length(bucket) between 1 and 255),
  full_until timestamptz not null
) with (fillfactor = 50);

create index buckets_by_age on limits.buckets (full_until);

alter table limits.buckets enable row level security;

comment on table limits.buckets is
  'Generic cell rate algorithm: all that is kept of a bucket is when it will be empty again. Unlogged: after a crash everybody starts afresh.';
comment on column limits.buckets.full_until is 'When what was taken will have leaked out.';

create function limits.take(bucket text, capacity integer, per_seconds integer, cost integer default 1)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  name constant text := case private.caller_role()
    when 'authenticated' then format('user:%s:%s', auth.uid(), bucket) else bucket
  end;
  drop_time constant interval := make_interval(secs => per_seconds::double precision / nullif(capacity, 0));
  depth constant interval := make_interval(secs => per_seconds);
  full_until timestamptz;
begin
  -- GUARD
  if not coalesce(length(bucket) between 1 and 200 and capacity between 1 and 1000000
    and per_seconds between 1 and 2678400 and cost between 1 and capacity, false) then
    perform private.raise_problem(422, 'invalid_request', 'A bucket has a name, holds 1 to 1000000 and leaks within 31 days; a cost fits in.');
  end if;

  -- WRITE
  insert into limits.buckets as b (bucket, full_until) values (name, private.now() + drop_time * cost)
  on conflict on constraint buckets_pkey do update
  set full_until = greatest(b.full_until, private.now()) + drop_time * cost
  where greatest(b.full_until, private.now()) + drop_time * cost <= private.now() + depth
  returning b.full_until into full_until;
  if found then
    return jsonb_build_object('allowed', true,
      'remaining', floor(extract(epoch from private.now() + depth - full_until) / extract(epoch from drop_time) + 1e-6)::integer,
      'retry_after', 0);
  end if;
  select b.full_until into full_until from limits.buckets b where b.bucket = name;
  return jsonb_build_object('allowed', false, 'remaining',
    greatest(0, floor(extract(epoch from private.now() + depth - full_until) / extract(epoch from drop_time) + 1e-6))::integer,
    'retry_after', greatest(1, ceil(extract(epoch from full_until + drop_time * cost - private.now() - depth)))::integer);
end
$$;

comment on function limits.take(text, integer, integer, integer) is
  'Takes `cost` out of a bucket of `capacity` that refills within `per_seconds`: {allowed, remaining, retry_after in whole seconds}. A signed-in user''s buckets are his own. Definer: buckets are written by this function alone.';

grant execute on function limits.take(text, integer, integer, integer) to authenticated, service_role;
