CREATE TABLE "aurora"."merge_conflicts" (
	"run_id" text NOT NULL,
	"task_id" text NOT NULL,
	"epoch" integer NOT NULL,
	"path" text NOT NULL,
	"line" integer NOT NULL,
	"key" text NOT NULL,
	"resolver" text,
	"confidence" real NOT NULL,
	"resolved" boolean NOT NULL,
	"lines" jsonb NOT NULL,
	"doubt" text,
	"verified" boolean,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "merge_conflicts_run_id_task_id_epoch_path_line_pk" PRIMARY KEY("run_id","task_id","epoch","path","line")
);
--> statement-breakpoint
ALTER TABLE "aurora"."merge_conflicts" ADD CONSTRAINT "merge_conflicts_run_id_task_id_epoch_attempts_run_id_task_id_epoch_fk" FOREIGN KEY ("run_id","task_id","epoch") REFERENCES "aurora"."attempts"("run_id","task_id","epoch") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "merge_conflicts_key" ON "aurora"."merge_conflicts" USING btree ("key");