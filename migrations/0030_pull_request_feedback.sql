CREATE TABLE "aurora"."feedback" (
	"run_id" text NOT NULL,
	"id" text NOT NULL,
	"check" text,
	"task_id" text NOT NULL,
	"revision" integer NOT NULL,
	CONSTRAINT "feedback_run_id_id_pk" PRIMARY KEY("run_id","id")
);
--> statement-breakpoint
ALTER TABLE "aurora"."deliveries" ADD COLUMN "look_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "aurora"."deliveries" ADD COLUMN "look_problem" text;--> statement-breakpoint
ALTER TABLE "aurora"."feedback" ADD CONSTRAINT "feedback_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "aurora"."runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "aurora"."feedback" ADD CONSTRAINT "feedback_run_id_revision_plan_revisions_run_id_revision_fk" FOREIGN KEY ("run_id","revision") REFERENCES "aurora"."plan_revisions"("run_id","revision") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "deliveries_look" ON "aurora"."deliveries" USING btree ("look_at") WHERE look_at is not null;