import type { Keys } from "../keys.ts";
import type { Sql } from "../postgres/connect.ts";

/**
 * Does what an operator of a hosted project does once: puts the address of the functions and the key of
 * its automations in Vault, and sets the scheduled jobs up. Done at every start, since both may change.
 */
export async function configureProject(superuser: Sql, functionsUrl: string, keys: Keys) {
  await keepSecret(superuser, "functions_url", functionsUrl);
  await keepSecret(superuser, "automations_key", keys.automations);
  await superuser.begin(async (transaction) => {
    await transaction`set local session authorization postgres`;
    const [found] = await transaction<{ exists: boolean }[]>`
      select to_regprocedure('private.schedule_jobs()') is not null as exists`;
    if (found?.exists) await transaction`select private.schedule_jobs()`;
  });
}

async function keepSecret(superuser: Sql, name: string, secret: string): Promise<void> {
  const [kept] = await superuser<
    { id: string }[]
  >`select id from vault.secrets where name = ${name}`;
  if (kept) await superuser`select vault.update_secret(${kept.id}, ${secret})`;
  else await superuser`select vault.create_secret(${secret}, ${name})`;
}
