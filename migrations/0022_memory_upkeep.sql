CREATE TABLE "aurora"."memory_origins" (
	"memory_id" uuid NOT NULL,
	"origin_id" uuid NOT NULL,
	"content" text NOT NULL,
	"tags" text[] NOT NULL,
	"metadata" jsonb NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"merged_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "memory_origins_memory_id_origin_id_pk" PRIMARY KEY("memory_id","origin_id")
);
--> statement-breakpoint
ALTER TABLE "aurora"."memories" ADD COLUMN "general_hash" text;--> statement-breakpoint
ALTER TABLE "aurora"."memories" ADD COLUMN "promotion_settled_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "aurora"."memories" ADD COLUMN "contradicted_by" uuid;--> statement-breakpoint
ALTER TABLE "aurora"."memory_scopes" ADD COLUMN "consolidated" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "aurora"."memory_origins" ADD CONSTRAINT "memory_origins_memory_id_memories_id_fk" FOREIGN KEY ("memory_id") REFERENCES "aurora"."memories"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "memory_origins_origin" ON "aurora"."memory_origins" USING btree ("origin_id");--> statement-breakpoint
ALTER TABLE "aurora"."memories" ADD CONSTRAINT "memories_contradicted_by_memories_id_fk" FOREIGN KEY ("contradicted_by") REFERENCES "aurora"."memories"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "memories_embedder" ON "aurora"."memories" USING btree ("embedder");--> statement-breakpoint
CREATE INDEX "memories_general" ON "aurora"."memories" USING btree ("general_hash");--> statement-breakpoint
CREATE INDEX "memories_promotable" ON "aurora"."memories" USING btree ("uses") WHERE "aurora"."memories"."promotion_settled_at" IS NULL AND "aurora"."memories"."outcomes" > 0 AND "aurora"."memories"."uses" > 5;--> statement-breakpoint
CREATE INDEX "memories_contradicted" ON "aurora"."memories" USING btree ("contradicted_by") WHERE "aurora"."memories"."contradicted_by" IS NOT NULL;--> statement-breakpoint
CREATE FUNCTION aurora.lock_memory_scopes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Whoever stores takes a scope and then a row. A removal past the store has its rows before their
  -- trigger knows the scopes, so it takes all scopes beforehand; the store takes its own and says so.
  IF current_setting('aurora.scopes_are_locked', true) IS DISTINCT FROM 'yes' THEN
    PERFORM 1 FROM aurora.memory_scopes ORDER BY project_id FOR UPDATE;
  END IF;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER memories_removing BEFORE DELETE ON aurora.memories
  FOR EACH STATEMENT EXECUTE FUNCTION aurora.lock_memory_scopes();
