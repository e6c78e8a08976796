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
