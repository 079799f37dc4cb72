DROP INDEX "aurora"."tasks_room";--> statement-breakpoint
DROP INDEX "aurora"."tasks_agent_state";--> statement-breakpoint
CREATE INDEX "tasks_room" ON "aurora"."tasks" USING btree ("room_granted_at") WHERE room_granted_at is not null;--> statement-breakpoint
CREATE INDEX "tasks_agent_state" ON "aurora"."tasks" USING btree ("agent","state","run_id");