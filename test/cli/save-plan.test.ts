import { expect, test } from 'vitest';
import { planFileText } from '../../src/cli/save-plan.ts';
import { parsePlanFile } from '../../src/maestro/planning/plan-file.ts';
import { validatePlan } from '../../src/maestro/planning/plan-validator.ts';
import { planRequest } from '../../src/maestro/planning/request-planner.ts';
import { fleet } from '../maestro/planning/fleet.ts';

test('a saved plan is a plan file that comes back as it was, with a reason beside each edge', async () => {
  const request =
    'Users can create notes with a title: "yes", and list them. Listing must take less than 200 ms.';
  const planned = await planRequest({ request, repositoryDirectory: null, agents: fleet });
  const text = planFileText(planned);
  const { content, source } = parsePlanFile(text, 'plan.yaml');
  expect(validatePlan(content, fleet, source).plan).toEqual(planned.plan);
  expect(text).toContain('- contract # it follows the names and shapes that the contract fixes');
  // What says no more than the default is left out.
  expect(text).not.toContain('maxAttempts');
});
