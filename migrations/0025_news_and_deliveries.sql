CREATE TABLE "aurora"."deliveries" (
	"run_id" text NOT NULL,
	"kind" text NOT NULL,
	"target" text NOT NULL,
	"commit" text NOT NULL,
	"url" text,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "deliveries_run_id_kind_target_pk" PRIMARY KEY("run_id","kind","target")
);
--> statement-breakpoint
DROP INDEX "aurora"."messages_patterns";--> statement-breakpoint
ALTER TABLE "aurora"."deliveries" ADD CONSTRAINT "deliveries_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "aurora"."runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "messages_news" ON "aurora"."messages" USING btree ("run_id","id") WHERE type in ('PATTERN_STORE', 'SCOPE_MOVED');