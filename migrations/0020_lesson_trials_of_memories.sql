ALTER TABLE "aurora"."memories" ADD COLUMN "trials" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "aurora"."memories" ADD COLUMN "trial_successes" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "aurora"."memories" ADD COLUMN "withheld_trials" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "aurora"."memories" ADD COLUMN "withheld_successes" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "aurora"."reflexions" DROP COLUMN "trials";--> statement-breakpoint
ALTER TABLE "aurora"."reflexions" DROP COLUMN "successes";--> statement-breakpoint
ALTER TABLE "aurora"."reflexions" DROP COLUMN "withheld_trials";--> statement-breakpoint
ALTER TABLE "aurora"."reflexions" DROP COLUMN "withheld_successes";