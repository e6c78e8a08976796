-- Mail: reading a campaign's filter, for the products' hooks private.<product>_audience.

create function private.require_filter(filter jsonb, known text[])
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  if filter - known <> '{}' then
    perform private.raise_problem(422, 'invalid_request', 'The audience can not be filtered by this.', '{"field": "audience"}');
  end if;
end
$$;

comment on function private.require_filter(jsonb, text[]) is 'Refuses a filter with members that the product does not know (invalid_request, 422).';

create function private.filter_time(filter jsonb, member text)
returns timestamptz
language plpgsql
stable
set search_path = ''
as $$
begin
  return (filter ->> member)::timestamptz;
exception when data_exception then
  perform private.raise_problem(422, 'invalid_request', format('%s is a time.', member), '{"field": "audience"}');
end
$$;

comment on function private.filter_time(jsonb, text) is 'A time of a filter; null when it is not filtered by. Not a time: invalid_request (422).';

create function private.filter_number(filter jsonb, member text)
returns bigint
language plpgsql
immutable
set search_path = ''
as $$
begin
  return (filter ->> member)::bigint;
exception when data_exception then
  perform private.raise_problem(422, 'invalid_request', format('%s is a whole number.', member), '{"field": "audience"}');
end
$$;

comment on function private.filter_number(jsonb, text) is 'A whole number of a filter; null when it is not filtered by. Not one: invalid_request (422).';

create function private.filter_words(filter jsonb, member text)
returns text[]
language plpgsql
immutable
set search_path = ''
as $$
begin
  if jsonb_typeof(filter -> member) <> 'array' then
    perform private.raise_problem(422, 'invalid_request', format('%s is a list.', member), '{"field": "audience"}');
  end if;
  return (select array_agg(w) from jsonb_array_elements_text(filter -> member) w);
end
$$;

comment on function private.filter_words(jsonb, text) is 'The words of a filter''s list; null when it is not filtered by. Not a list: invalid_request (422).';

create type private.audience_filter as (
  signed_up_after timestamptz,
  signed_up_before timestamptz,
  active_after timestamptz,
  active_before timestamptz,
  min_credits bigint,
  max_credits bigint
);
comment on type private.audience_filter is 'What every product''s audience can be filtered by.';

create function private.audience_filter(filter jsonb, own text[])
returns private.audience_filter
language plpgsql
stable
set search_path = ''
as $$
begin
  perform private.require_filter(
    filter, own || '{signed_up_after,signed_up_before,active_after,active_before,min_credits,max_credits}');
  return row(
    private.filter_time(filter, 'signed_up_after'), private.filter_time(filter, 'signed_up_before'),
    private.filter_time(filter, 'active_after'), private.filter_time(filter, 'active_before'),
    private.filter_number(filter, 'min_credits'), private.filter_number(filter, 'max_credits'));
end
$$;

comment on function private.audience_filter(jsonb, text[]) is
  'Reads what every product''s filter may have besides what is the product''s own. Another member or not a value: invalid_request (422).';

create function private.is_in_audience(filter private.audience_filter, signed_up timestamptz, active timestamptz, credits bigint)
returns boolean
language sql
immutable
set search_path = ''
return (filter.signed_up_after is null or signed_up >= filter.signed_up_after)
  and (filter.signed_up_before is null or signed_up < filter.signed_up_before)
  and (filter.active_after is null or active >= filter.active_after)
  and (filter.active_before is null or active < filter.active_before)
  and (filter.min_credits is null or credits >= filter.min_credits)
  and (filter.max_credits is null or credits <= filter.max_credits);

comment on function private.is_in_audience(private.audience_filter, timestamptz, timestamptz, bigint) is
  'Whether somebody who signed up then, was active then and has these credits is meant by a filter.';
