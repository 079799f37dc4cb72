import { compatible } from './compatible.ts';
import type { Provider } from './provider.ts';

const ownBaseUrl = 'https://api.openai.com/v1';

/**
 * OpenAI by its Responses API; anything else under OPENAI_BASE_URL by chat completions, which is what
 * other servers speak.
 */
export const openai: Provider = {
  ...compatible,
  keyVariables: ['OPENAI_API_KEY'],
  baseUrlVariable: 'OPENAI_BASE_URL',
  defaultBaseUrl: ownBaseUrl,
  async open(access, model) {
    if (access.baseUrl !== ownBaseUrl) return compatible.open(access, model);
    const { createOpenAI } = await import('@ai-sdk/openai');
    const { apiKey = '', baseUrl, fetch } = access;
    return createOpenAI({ apiKey, baseURL: baseUrl, fetch })(model);
  },
};
