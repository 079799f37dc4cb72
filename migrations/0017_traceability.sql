CREATE TABLE "aurora"."checks" (
	"run_id" text NOT NULL,
	"task_id" text NOT NULL,
	"epoch" integer NOT NULL,
	"stage" text NOT NULL,
	"command" jsonb NOT NULL,
	"commit" text,
	"passed" boolean NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "checks_run_id_task_id_epoch_stage_pk" PRIMARY KEY("run_id","task_id","epoch","stage")
);
--> statement-breakpoint
CREATE TABLE "aurora"."plan_revisions" (
	"run_id" text NOT NULL,
	"revision" integer NOT NULL,
	"cause" text NOT NULL,
	"request" text NOT NULL,
	"by" text,
	"resumes" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"settled_at" timestamp with time zone,
	"change" jsonb,
	"questions" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"refusal" text,
	CONSTRAINT "plan_revisions_run_id_revision_pk" PRIMARY KEY("run_id","revision")
);
--> statement-breakpoint
ALTER TABLE "aurora"."requirements" ADD COLUMN "withdrawn_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "aurora"."runs" ADD COLUMN "approval" text;--> statement-breakpoint
ALTER TABLE "aurora"."runs" ADD COLUMN "approved_by" text;--> statement-breakpoint
ALTER TABLE "aurora"."checks" ADD CONSTRAINT "checks_run_id_task_id_epoch_attempts_run_id_task_id_epoch_fk" FOREIGN KEY ("run_id","task_id","epoch") REFERENCES "aurora"."attempts"("run_id","task_id","epoch") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "aurora"."plan_revisions" ADD CONSTRAINT "plan_revisions_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "aurora"."runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "checks_commit" ON "aurora"."checks" USING btree ("run_id","commit");--> statement-breakpoint
CREATE INDEX "plan_revisions_pending" ON "aurora"."plan_revisions" USING btree ("run_id") WHERE settled_at is null;