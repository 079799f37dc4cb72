CREATE TABLE "aurora"."reassignments" (
	"run_id" text NOT NULL,
	"task_id" text NOT NULL,
	"assignment" integer NOT NULL,
	"from_agent" text NOT NULL,
	"to_agent" text NOT NULL,
	"cause" text NOT NULL,
	"reason" text NOT NULL,
	"notes" text,
	"score" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"replaced_at" timestamp with time zone,
	CONSTRAINT "reassignments_run_id_task_id_assignment_pk" PRIMARY KEY("run_id","task_id","assignment")
);
--> statement-breakpoint
ALTER TABLE "aurora"."reassignments" ADD CONSTRAINT "reassignments_run_id_task_id_tasks_run_id_id_fk" FOREIGN KEY ("run_id","task_id") REFERENCES "aurora"."tasks"("run_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "reassignments_pending" ON "aurora"."reassignments" USING btree ("run_id") WHERE replaced_at is null;