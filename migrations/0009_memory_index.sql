CREATE TABLE "aurora"."memory_scopes" (
	"project_id" text PRIMARY KEY NOT NULL,
	"revision" bigint DEFAULT 0 NOT NULL,
	"removal" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
ALTER TABLE "aurora"."memories" ADD COLUMN "sequence" bigserial NOT NULL;--> statement-breakpoint
ALTER TABLE "aurora"."memories" ADD COLUMN "revision" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "memories_changes" ON "aurora"."memories" USING btree ("project_id","revision");--> statement-breakpoint
CREATE FUNCTION aurora.count_memory_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO aurora.memory_scopes AS scope (project_id, revision) VALUES (NEW.project_id, 1)
    ON CONFLICT (project_id) DO UPDATE SET revision = scope.revision + 1
    RETURNING scope.revision INTO NEW.revision;
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER memories_changed BEFORE INSERT OR UPDATE OF content, tags, metadata, embedding ON aurora.memories
  FOR EACH ROW EXECUTE FUNCTION aurora.count_memory_change();
--> statement-breakpoint
CREATE FUNCTION aurora.count_memory_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- In one order everywhere: two sweeps must not wait for each other.
  INSERT INTO aurora.memory_scopes AS scope (project_id, revision, removal)
    SELECT DISTINCT project_id, 1, 1 FROM removed ORDER BY project_id
    ON CONFLICT (project_id) DO UPDATE SET revision = scope.revision + 1, removal = scope.revision + 1;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER memories_removed AFTER DELETE ON aurora.memories
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION aurora.count_memory_removal();
--> statement-breakpoint
-- Spelling is forgiven by the index in the process now.
DROP INDEX IF EXISTS aurora.memories_trigram;
