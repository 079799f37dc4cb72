CREATE TABLE "aurora"."memory_trials" (
	"run_id" text NOT NULL,
	"task_id" text NOT NULL,
	"epoch" integer NOT NULL,
	"memory_id" text NOT NULL,
	"use" text NOT NULL,
	"succeeded" boolean NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "memory_trials_run_id_task_id_epoch_memory_id_pk" PRIMARY KEY("run_id","task_id","epoch","memory_id")
);
--> statement-breakpoint
ALTER TABLE "aurora"."attempts" ADD COLUMN "withheld_lessons" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "aurora"."reflexions" ADD COLUMN "withheld_trials" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "aurora"."reflexions" ADD COLUMN "withheld_successes" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "memory_trials_at" ON "aurora"."memory_trials" USING btree ("at");