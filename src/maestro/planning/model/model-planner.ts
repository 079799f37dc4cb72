import type { PlannerSettings } from '../../../domain/planner-settings.ts';
import { AuroraError } from '../../../domain/errors.ts';
import { nothingUsed } from '../../../domain/model-usage.ts';
import type { ModelSettings } from '../../../models/model-access.ts';
import { openModel } from '../../../models/open-model.ts';
import type { Planner, PlanningRequest } from '../request-planner.ts';
import { planByModel, type ModelPlanning } from './plan-by-model.ts';

/**
 * The planner that asks a model. Whatever keeps the model from a plan that holds, from a missing key
 * to answers that cannot be mended, it declines with the reason.
 *
 * @param reference `provider:name`
 */
export function modelPlanner(
  reference: string,
  settings: PlannerSettings,
  models: ModelSettings,
): Planner {
  return {
    name: 'model',
    async propose(request) {
      const { planning, why, repairs, usage } = await plan(reference, settings, models, request);
      const asked = { model: reference, repairs, usage };
      if (planning !== undefined) {
        return { ...planning, plannedBy: { planner: 'model', ...asked, notice: null } };
      }
      const notice = `The model could not plan this, so the rules did. ${why}`;
      return { declined: { planner: 'rules', ...asked, notice } };
    },
  };
}

async function plan(
  reference: string,
  settings: PlannerSettings,
  models: ModelSettings,
  request: PlanningRequest,
): Promise<ModelPlanning> {
  try {
    return await planByModel(await openModel(reference, models), settings, request);
  } catch (error) {
    if (!(error instanceof AuroraError) || !error.code.startsWith('model-')) throw error;
    return { planning: undefined, why: error.message, repairs: 0, usage: nothingUsed };
  }
}
