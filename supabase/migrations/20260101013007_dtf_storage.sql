-- DTF Editor: where pictures are. Nothing is public; people read their own folder, named by their Auth id, and put files there by
-- signed addresses alone, which are given where a picture was reserved.

insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types) values
  ('dtf-images', 'dtf-images', false, 52428800,
    array['image/png', 'image/jpeg', 'image/webp', 'image/tiff', 'image/svg+xml', 'application/pdf'])
on conflict (id) do update set
  public = excluded.public, file_size_limit = excluded.file_size_limit, allowed_mime_types = excluded.allowed_mime_types;

create policy dtf_images_read_own on storage.objects for select to authenticated
  using (bucket_id = 'dtf-images' and (storage.foldername(name))[1] = (select auth.uid())::text);
