CREATE SCHEMA IF NOT EXISTS "aurora";
--> statement-breakpoint
CREATE TABLE "aurora"."agents" (
	"name" text PRIMARY KEY NOT NULL,
	"role" text NOT NULL,
	"capabilities" text[] NOT NULL,
	"weight" integer NOT NULL,
	"concurrency" integer NOT NULL,
	"executor" text NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "aurora"."workers" (
	"id" text PRIMARY KEY NOT NULL,
	"host" text NOT NULL,
	"process" text NOT NULL,
	"slots" jsonb NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"heartbeat_at" timestamp with time zone DEFAULT now() NOT NULL,
	"stopped_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "aurora"."attempts" (
	"run_id" text NOT NULL,
	"task_id" text NOT NULL,
	"epoch" integer NOT NULL,
	"number" integer NOT NULL,
	"agent" text NOT NULL,
	"worker_id" text NOT NULL,
	"job_id" text NOT NULL,
	"lock_token" text NOT NULL,
	"state" text DEFAULT 'running' NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone,
	"failure" jsonb,
	"retry_delay" integer,
	"summary" text,
	"base_commit" text,
	"work_commit" text,
	"verified" jsonb,
	"usage" jsonb,
	"lessons" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"output" text,
	CONSTRAINT "attempts_run_id_task_id_epoch_pk" PRIMARY KEY("run_id","task_id","epoch")
);
--> statement-breakpoint
CREATE TABLE "aurora"."escalations" (
	"id" text PRIMARY KEY NOT NULL,
	"run_id" text NOT NULL,
	"task_id" text NOT NULL,
	"epoch" integer NOT NULL,
	"question" text NOT NULL,
	"options" jsonb NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"answer" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"resolved_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "aurora"."longterm_vectors" (
	"collection" text NOT NULL,
	"id" text NOT NULL,
	"vector" "bytea" NOT NULL,
	"payload" jsonb NOT NULL,
	CONSTRAINT "longterm_vectors_collection_id_pk" PRIMARY KEY("collection","id")
);
--> statement-breakpoint
CREATE TABLE "aurora"."memories" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"project_id" text NOT NULL,
	"type" text NOT NULL,
	"content" text NOT NULL,
	"content_hash" text NOT NULL,
	"tags" text[] DEFAULT '{}' NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"uses" integer DEFAULT 0 NOT NULL,
	"successes" integer DEFAULT 0 NOT NULL,
	"outcomes" integer DEFAULT 0 NOT NULL,
	"agents" text[] DEFAULT '{}' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_used_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"tag_text" text DEFAULT '' NOT NULL,
	"word_parts" text DEFAULT '' NOT NULL,
	"search" "tsvector" GENERATED ALWAYS AS (setweight(to_tsvector('english', tag_text), 'A') || setweight(to_tsvector('english', content), 'B') || setweight(to_tsvector('english', word_parts), 'C')) STORED,
	"embedder" text NOT NULL,
	"embedding" "bytea" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "aurora"."memory_audit" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"action" text NOT NULL,
	"tier" text NOT NULL,
	"memory_id" text,
	"project_id" text,
	"detail" jsonb DEFAULT '{}'::jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "aurora"."reflexions" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"memory_id" uuid NOT NULL,
	"project_id" text NOT NULL,
	"run_id" text DEFAULT '' NOT NULL,
	"task_id" text NOT NULL,
	"attempt" integer,
	"role" text,
	"original_approach" text NOT NULL,
	"failure_reason" text NOT NULL,
	"improved_approach" text NOT NULL,
	"error_class" text,
	"signature" text NOT NULL,
	"trials" integer DEFAULT 0 NOT NULL,
	"successes" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "aurora"."session_memories" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"project_id" text NOT NULL,
	"type" text NOT NULL,
	"content" text NOT NULL,
	"content_hash" text NOT NULL,
	"tags" text[] DEFAULT '{}' NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"uses" integer DEFAULT 0 NOT NULL,
	"successes" integer DEFAULT 0 NOT NULL,
	"outcomes" integer DEFAULT 0 NOT NULL,
	"agents" text[] DEFAULT '{}' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_used_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "aurora"."messages" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"type" text NOT NULL,
	"run_id" text NOT NULL,
	"task_id" text,
	"epoch" integer,
	"sender" text NOT NULL,
	"recipient" text NOT NULL,
	"correlation_id" text,
	"payload" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "aurora"."projects" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"repository" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "projects_name_unique" UNIQUE("name")
);
--> statement-breakpoint
CREATE TABLE "aurora"."requirements" (
	"run_id" text NOT NULL,
	"id" text NOT NULL,
	"position" integer NOT NULL,
	"kind" text NOT NULL,
	"category" text,
	"title" text NOT NULL,
	"text" text,
	"priority" text NOT NULL,
	"acceptance" jsonb NOT NULL,
	"source" jsonb,
	CONSTRAINT "requirements_run_id_id_pk" PRIMARY KEY("run_id","id")
);
--> statement-breakpoint
CREATE TABLE "aurora"."runs" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"title" text NOT NULL,
	"state" text DEFAULT 'submitted' NOT NULL,
	"source" jsonb NOT NULL,
	"repository" text,
	"base_branch" text,
	"base_commit" text,
	"questions" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"idempotency_key" text,
	"generation" integer DEFAULT 0 NOT NULL,
	"abort_requested_at" timestamp with time zone,
	"error" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "aurora"."task_dependencies" (
	"run_id" text NOT NULL,
	"task_id" text NOT NULL,
	"depends_on" text NOT NULL,
	"reason" text,
	CONSTRAINT "task_dependencies_run_id_task_id_depends_on_pk" PRIMARY KEY("run_id","task_id","depends_on")
);
--> statement-breakpoint
CREATE TABLE "aurora"."task_requirements" (
	"run_id" text NOT NULL,
	"task_id" text NOT NULL,
	"requirement_id" text NOT NULL,
	CONSTRAINT "task_requirements_run_id_task_id_requirement_id_pk" PRIMARY KEY("run_id","task_id","requirement_id")
);
--> statement-breakpoint
CREATE TABLE "aurora"."tasks" (
	"run_id" text NOT NULL,
	"id" text NOT NULL,
	"position" integer NOT NULL,
	"spec" jsonb NOT NULL,
	"agent" text NOT NULL,
	"assignment_score" jsonb,
	"state" text DEFAULT 'waiting' NOT NULL,
	"assignment" integer DEFAULT 1 NOT NULL,
	"epoch" integer DEFAULT 0 NOT NULL,
	"failures" integer DEFAULT 0 NOT NULL,
	"retry_at" timestamp with time zone,
	"work_commit" text,
	"merge_commit" text,
	"summary" text,
	"result" jsonb,
	"failure" jsonb,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	CONSTRAINT "tasks_run_id_id_pk" PRIMARY KEY("run_id","id")
);
--> statement-breakpoint
CREATE TABLE "aurora"."totals" (
	"name" text NOT NULL,
	"label" text DEFAULT '' NOT NULL,
	"value" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "totals_name_label_pk" PRIMARY KEY("name","label")
);
--> statement-breakpoint
ALTER TABLE "aurora"."attempts" ADD CONSTRAINT "attempts_run_id_task_id_tasks_run_id_id_fk" FOREIGN KEY ("run_id","task_id") REFERENCES "aurora"."tasks"("run_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "aurora"."escalations" ADD CONSTRAINT "escalations_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "aurora"."runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "aurora"."reflexions" ADD CONSTRAINT "reflexions_memory_id_memories_id_fk" FOREIGN KEY ("memory_id") REFERENCES "aurora"."memories"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "aurora"."requirements" ADD CONSTRAINT "requirements_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "aurora"."runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "aurora"."runs" ADD CONSTRAINT "runs_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "aurora"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "aurora"."task_dependencies" ADD CONSTRAINT "task_dependencies_run_id_task_id_tasks_run_id_id_fk" FOREIGN KEY ("run_id","task_id") REFERENCES "aurora"."tasks"("run_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "aurora"."task_dependencies" ADD CONSTRAINT "task_dependencies_run_id_depends_on_tasks_run_id_id_fk" FOREIGN KEY ("run_id","depends_on") REFERENCES "aurora"."tasks"("run_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "aurora"."task_requirements" ADD CONSTRAINT "task_requirements_run_id_task_id_tasks_run_id_id_fk" FOREIGN KEY ("run_id","task_id") REFERENCES "aurora"."tasks"("run_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "aurora"."task_requirements" ADD CONSTRAINT "task_requirements_run_id_requirement_id_requirements_run_id_id_fk" FOREIGN KEY ("run_id","requirement_id") REFERENCES "aurora"."requirements"("run_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "aurora"."tasks" ADD CONSTRAINT "tasks_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "aurora"."runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "workers_heartbeat" ON "aurora"."workers" USING btree ("heartbeat_at");--> statement-breakpoint
CREATE INDEX "attempts_worker" ON "aurora"."attempts" USING btree ("worker_id","state");--> statement-breakpoint
CREATE INDEX "attempts_agent" ON "aurora"."attempts" USING btree ("agent","finished_at" DESC NULLS LAST);--> statement-breakpoint
CREATE UNIQUE INDEX "escalations_instance" ON "aurora"."escalations" USING btree ("run_id","task_id","epoch");--> statement-breakpoint
CREATE UNIQUE INDEX "escalations_open" ON "aurora"."escalations" USING btree ("run_id","task_id") WHERE state = 'open';--> statement-breakpoint
CREATE UNIQUE INDEX "longterm_vectors_content" ON "aurora"."longterm_vectors" USING btree ("collection",(payload ->> 'contentHash'));--> statement-breakpoint
CREATE UNIQUE INDEX "memories_content" ON "aurora"."memories" USING btree ("project_id","type","content_hash");--> statement-breakpoint
CREATE INDEX "memories_search" ON "aurora"."memories" USING gin ("search");--> statement-breakpoint
CREATE INDEX "memories_expiry" ON "aurora"."memories" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "memory_audit_memory" ON "aurora"."memory_audit" USING btree ("memory_id");--> statement-breakpoint
CREATE UNIQUE INDEX "reflexions_once" ON "aurora"."reflexions" USING btree ("memory_id","run_id","task_id");--> statement-breakpoint
CREATE INDEX "reflexions_task" ON "aurora"."reflexions" USING btree ("project_id","task_id","run_id");--> statement-breakpoint
CREATE INDEX "reflexions_signature" ON "aurora"."reflexions" USING btree ("project_id","signature");--> statement-breakpoint
CREATE UNIQUE INDEX "session_memories_content" ON "aurora"."session_memories" USING btree ("project_id","type","content_hash");--> statement-breakpoint
CREATE INDEX "session_memories_expiry" ON "aurora"."session_memories" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "messages_run" ON "aurora"."messages" USING btree ("run_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "runs_idempotency" ON "aurora"."runs" USING btree ("project_id","idempotency_key");--> statement-breakpoint
CREATE INDEX "runs_created" ON "aurora"."runs" USING btree ("created_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "runs_open" ON "aurora"."runs" USING btree ("state") WHERE state in ('submitted', 'planned', 'running', 'blocked');--> statement-breakpoint
CREATE INDEX "task_dependencies_reverse" ON "aurora"."task_dependencies" USING btree ("run_id","depends_on");--> statement-breakpoint
CREATE INDEX "task_requirements_reverse" ON "aurora"."task_requirements" USING btree ("run_id","requirement_id");--> statement-breakpoint
CREATE INDEX "tasks_running" ON "aurora"."tasks" USING btree ("run_id") WHERE state = 'running';--> statement-breakpoint
CREATE INDEX "tasks_agent_state" ON "aurora"."tasks" USING btree ("agent","state");