import type { Provider } from './provider.ts';

export const anthropic: Provider = {
  keyVariables: ['ANTHROPIC_API_KEY'],
  baseUrlVariable: 'ANTHROPIC_BASE_URL',
  defaultBaseUrl: 'https://api.anthropic.com/v1',
  // Anthropic documents the variable without the version, the SDK appends paths to one with it.
  normaliseBaseUrl: (url) => (/\/v\d+$/.test(url) ? url : `${url}/v1`),
  async open({ apiKey = '', baseUrl, fetch }, model) {
    const { createAnthropic } = await import('@ai-sdk/anthropic');
    return createAnthropic({ apiKey, baseURL: baseUrl, fetch })(model);
  },
  authorise: (apiKey) => ({ 'x-api-key': apiKey, 'anthropic-version': '2023-06-01' }),
};
