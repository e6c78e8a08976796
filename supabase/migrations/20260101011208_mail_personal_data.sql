-- Mail: what is known of a person, and how long messages are kept.

insert into private.personal_data (table_name, rows_of, exported_as, exported_columns, sorted_by, erased_by, because) values
  ('mail.messages', 't.person = $1', 'mails',
    '{id,product,recipient,topic,campaign_id,state,created_at,sent_at,delivered_at,opened_at,clicked_at,bounced_at,complained_at}', 't.id', $$
    update mail.messages t set recipient = null, variables = '{}',
      state = case t.state when 'queued' then 'cancelled' else t.state end
    where t.person = $1 and (t.recipient is not null or t.state = 'queued')$$, null);

create function mail.prune(messages interval default '400 days')
returns void
language sql
volatile
set search_path = ''
begin atomic
  delete from mail.messages m
  where m.created_at < private.now() - messages and m.state not in ('queued', 'sending');
end;

comment on function mail.prune(interval) is 'Nightly: forgets messages that are old. Campaigns keep how many they reached; suppressed addresses stay suppressed.';

select private.define_job('mail-retention', '27 3 * * *', '1 day', 'select mail.prune()');
select private.schedule_jobs();
