CREATE TABLE "aurora"."prevented_conflicts" (
	"run_id" text NOT NULL,
	"task_id" text NOT NULL,
	"other_id" text NOT NULL,
	"path" text NOT NULL,
	"by" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "prevented_conflicts_run_id_task_id_other_id_path_pk" PRIMARY KEY("run_id","task_id","other_id","path")
);
--> statement-breakpoint
ALTER TABLE "aurora"."tasks" ADD COLUMN "gave_way" jsonb;--> statement-breakpoint
ALTER TABLE "aurora"."prevented_conflicts" ADD CONSTRAINT "prevented_conflicts_run_id_task_id_tasks_run_id_id_fk" FOREIGN KEY ("run_id","task_id") REFERENCES "aurora"."tasks"("run_id","id") ON DELETE cascade ON UPDATE no action;