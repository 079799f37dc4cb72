ALTER TABLE "aurora"."session_memories" SET UNLOGGED;
--> statement-breakpoint
DO $$
BEGIN
  -- pg_trgm is an accelerator of memory search, not a need: a role that may not create it goes without.
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
  EXECUTE format('CREATE INDEX IF NOT EXISTS memories_trigram ON aurora.memories USING gin (content %I.gin_trgm_ops)',
    (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm'));
EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
  RAISE NOTICE 'pg_trgm is not available: memory search goes without trigrams (%)', SQLERRM;
END
$$;
