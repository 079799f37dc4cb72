export type { AgentFunction, FunctionContext } from './agents/executors/function.ts';
export { defineConfig, type AuroraConfigInput } from './config/config-file.ts';
export type { Agent } from './domain/agent.ts';
export type { FailureDecision as RetryStrategy } from './domain/decide-failure.ts';
export { AuroraError, type ErrorCode, type Problem } from './domain/errors.ts';
export {
  MemoryType,
  type Lesson,
  type Memory,
  type MemoryAnswer,
  type MemoryDraftInput,
  type MemoryQueryInput,
  type ReflexionInput,
} from './domain/memory.ts';
export { messageSchema, type Message } from './domain/message.ts';
export { planSchema, type Plan, type PlanInput } from './domain/plan.ts';
export type { Requirement } from './domain/requirement.ts';
export type { Task } from './domain/task.ts';
export type { TaskGraph } from './domain/task-graph.ts';
export type { Maestro } from './maestro/maestro.ts';
export { planJsonSchema } from './maestro/planning/plan-json-schema.ts';
export { runRequestSchema, type RunRequest } from './maestro/run-request.ts';
export type { MemoryCoordinator } from './memory/memory-coordinator.ts';
export { openAurora, type Aurora } from './runtime/open-aurora.ts';
