import type { Provider } from './provider.ts';

export const google: Provider = {
  keyVariables: ['GOOGLE_GENERATIVE_AI_API_KEY', 'GEMINI_API_KEY'],
  defaultBaseUrl: 'https://generativelanguage.googleapis.com/v1beta',
  async open({ apiKey = '', baseUrl, fetch }, model) {
    const { createGoogleGenerativeAI } = await import('@ai-sdk/google');
    return createGoogleGenerativeAI({ apiKey, baseURL: baseUrl, fetch })(model);
  },
  authorise: (apiKey) => ({ 'x-goog-api-key': apiKey }),
};
