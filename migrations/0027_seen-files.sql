DROP INDEX "aurora"."messages_news";--> statement-breakpoint
ALTER TABLE "aurora"."attempts" ADD COLUMN "files" text[];--> statement-breakpoint
CREATE INDEX "messages_news" ON "aurora"."messages" USING btree ("run_id","id") WHERE type in ('PATTERN_STORE', 'SCOPE_MOVED', 'FILES_SHARED');