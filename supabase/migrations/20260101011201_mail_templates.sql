-- Mail: the schema, and templates with their versions.

create schema mail;
comment on schema mail is 'E-mail that products send: templates, campaigns, messages and what became of them, suppressed addresses. Never exposed.';
grant usage on schema mail to authenticated, service_role;

create table mail.templates (
  id uuid primary key default gen_random_uuid(),
  product text not null check (product ~ '^[a-z][a-z0-9_]{1,31}$'),
  name text not null check (name ~ '^[a-z][a-z0-9_.-]{0,63}$'),
  version integer not null default 1 check (version >= 1),
  active boolean not null default true,
  created_at timestamptz not null default private.now(),
  updated_at timestamptz not null default private.now(),
  unique (product, name)
);

create table mail.template_versions (
  template_id uuid not null references mail.templates (id),
  version integer not null check (version >= 1),
  subject text not null check (length(subject) between 1 and 200 and subject !~ '[\r\n]'),
  html text not null check (length(html) between 1 and 200000),
  plain text not null check (length(plain) between 1 and 100000),
  variables jsonb not null check (jsonb_typeof(variables) = 'array'),
  created_at timestamptz not null default private.now(),
  primary key (template_id, version)
);

alter table mail.templates enable row level security;
alter table mail.template_versions enable row level security;
create policy closed on mail.templates for all to anon, authenticated using (false) with check (false);
create policy closed on mail.template_versions for all to anon, authenticated using (false) with check (false);

create trigger templates_touch before update on mail.templates
  for each row execute function private.touch_updated_at();
create trigger template_versions_are_append_only before update or delete or truncate on mail.template_versions
  for each statement execute function private.refuse_change();

comment on table mail.templates is
  'The words of a product''s mail by name. A template named like a topic of facts replaces the built-in words of its notice; `<name>.<language>` comes before `<name>`.';
comment on column mail.templates.version is 'The version in use. What was begun with an older one ends with it.';
comment on column mail.templates.active is 'False: notices use the built-in words, and no campaign can begin.';
comment on table mail.template_versions is 'What a template said and says. Append-only: what was sent can be shown.';
comment on column mail.template_versions.variables is
  '[{name, type: text | url, default}]: what the placeholders {{name}} may be. Without a default a value must be given. {{unsubscribe_url}} is always there.';

create function mail.placeholders(words text)
returns setof text
language sql
immutable
set search_path = ''
begin atomic
  select distinct found.groups[1] from regexp_matches(placeholders.words, '\{\{\s*([^{}]*?)\s*\}\}', 'g') found (groups);
end;

comment on function mail.placeholders(text) is 'The names between {{ and }}, each once.';

create function mail.check_variables(variables jsonb)
returns void
language plpgsql
immutable
set search_path = ''
as $$
declare
  declared jsonb;
begin
  if jsonb_typeof(variables) is distinct from 'array' or jsonb_array_length(variables) > 50 then
    perform private.raise_problem(422, 'invalid_request', 'A list of up to 50 variables.', '{"field": "variables"}');
  end if;
  for declared in select * from jsonb_array_elements(variables) loop
    if not coalesce(
      declared ->> 'name' ~ '^[a-z][a-z0-9_]{0,39}$' and declared ->> 'name' <> 'unsubscribe_url'
        and declared ->> 'type' in ('text', 'url')
        and (not declared ? 'default' or jsonb_typeof(declared -> 'default') = 'string')
        and declared - '{name,type,default}'::text[] = '{}', false)
    then
      perform private.raise_problem(422, 'invalid_request',
        'A variable has a name in small letters, a type (text or url), and may have a default.', '{"field": "variables"}');
    end if;
  end loop;
  if (select count(distinct v ->> 'name') from jsonb_array_elements(variables) v) <> jsonb_array_length(variables) then
    perform private.raise_problem(422, 'invalid_request', 'A variable is declared once.', '{"field": "variables"}');
  end if;
end
$$;

comment on function mail.check_variables(jsonb) is 'Refuses declarations of variables that are not of their form (invalid_request, 422).';

create function mail.check_words(words text, field text, variables jsonb)
returns void
language plpgsql
immutable
set search_path = ''
as $$
declare
  undeclared jsonb;
begin
  select jsonb_agg(p.name order by p.name) into undeclared
  from mail.placeholders(words) p (name)
  where p.name <> 'unsubscribe_url' and not variables @> jsonb_build_array(jsonb_build_object('name', p.name));
  if undeclared is not null then
    perform private.raise_problem(422, 'undeclared_variable', format('%s uses variables that are not declared: %s.', field,
      (select string_agg(u, ', ') from jsonb_array_elements_text(undeclared) u)),
      jsonb_build_object('field', field, 'variables', undeclared));
  end if;
  if regexp_replace(words, '\{\{[^{}]*\}\}', '', 'g') ~ '\{\{|\}\}' then
    perform private.raise_problem(422, 'invalid_request', 'A {{ without its }}, or the other way round.', jsonb_build_object('field', field));
  end if;
end
$$;

comment on function mail.check_words(text, text, jsonb) is
  'Refuses words whose placeholders are not all declared (undeclared_variable, 422, with `variables`) or not closed.';

create function mail.template_answer(template mail.templates, version integer default null)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
  select jsonb_build_object('template_id', template.id, 'product', template.product, 'name', template.name,
    'version', v.version, 'current', v.version = template.version, 'active', template.active, 'subject', v.subject, 'html', v.html,
    'text', v.plain, 'variables', v.variables, 'created_at', v.created_at, 'updated_at', template.updated_at)
  from mail.template_versions v
  where v.template_id = template.id and v.version = coalesce(template_answer.version, template.version);
end;

comment on function mail.template_answer(mail.templates, integer) is 'A template with the words of a version, the one in use unless said; null when there is none.';

create function mail.save_template(
  product text, name text, subject text, html text, plain text, variables jsonb, expected_version integer default null
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  template mail.templates;
begin
  -- GUARD
  perform private.require_admin(product);
  perform mail.check_variables(variables);
  perform mail.check_words(subject, 'subject', variables);
  perform mail.check_words(html, 'html', variables);
  perform mail.check_words(plain, 'text', variables);

  -- LOCK
  if expected_version is null then
    insert into mail.templates (product, name) values (product, name)
    on conflict on constraint templates_product_name_key do nothing returning * into template;
  end if;
  if template.id is null then
    select t.* into template from mail.templates t
    where t.product = save_template.product and t.name = save_template.name for no key update;
    if not found then
      perform private.raise_problem(404, 'not_found', 'There is no such template.', '{"field": "name"}');
    end if;
    if template.version is distinct from expected_version then
      perform private.raise_problem(409, 'version_conflict', 'The template was changed meanwhile. Look at it again.',
        jsonb_build_object('version', template.version));
    end if;
    update mail.templates t set version = t.version + 1 where t.id = template.id returning t.* into template;
  end if;

  -- WRITE
  insert into mail.template_versions (template_id, version, subject, html, plain, variables)
  values (template.id, template.version, subject, html, plain, variables);
  perform audit.record('mail.template_saved', 'template:' || template.id,
    jsonb_build_object('product', product, 'name', name, 'version', template.version));
  return mail.template_answer(template);
end
$$;

comment on function mail.save_template(text, text, text, text, text, jsonb, integer) is
  'Makes a template (expected_version null), or a new version of one that still has the expected one (version_conflict, 409). Definer: templates are written by this function alone; the caller must be an admin.';

create function mail.switch_template(product text, name text, active boolean)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  template mail.templates;
begin
  perform private.require_admin(product);
  update mail.templates t set active = switch_template.active
  where t.product = switch_template.product and t.name = switch_template.name returning t.* into template;
  if not found then
    perform private.raise_problem(404, 'not_found', 'There is no such template.', '{"field": "name"}');
  end if;
  perform audit.record('mail.template_switched', 'template:' || template.id,
    jsonb_build_object('product', product, 'name', name, 'active', active));
  return mail.template_answer(template);
end
$$;

comment on function mail.switch_template(text, text, boolean) is 'Puts a template in or out of use. Definer: see mail.save_template.';

create function mail.list_templates(product text)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform private.require_admin(product);
  return (select coalesce(jsonb_agg(mail.template_answer(t) - '{html,text}'::text[] order by t.name), '[]')
    from mail.templates t where t.product = list_templates.product);
end
$$;

comment on function mail.list_templates(text) is 'A product''s templates without their words. Definer: see mail.save_template.';

create function mail.read_template(product text, name text, version integer default null)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  answer jsonb;
begin
  perform private.require_admin(product);
  select mail.template_answer(t, read_template.version) into answer from mail.templates t
  where t.product = read_template.product and t.name = read_template.name;
  if answer is null then
    perform private.raise_problem(404, 'not_found', 'There is no such template.', '{"field": "name"}');
  end if;
  return answer;
end
$$;

comment on function mail.read_template(text, text, integer) is 'A template, or an earlier version of it. Definer: see mail.save_template.';

grant execute on function mail.save_template(text, text, text, text, text, jsonb, integer) to authenticated;
grant execute on function mail.switch_template(text, text, boolean) to authenticated;
grant execute on function mail.list_templates(text) to authenticated;
grant execute on function mail.read_template(text, text, integer) to authenticated;
